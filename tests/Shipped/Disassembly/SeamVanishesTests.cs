using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace MemCore.Tests.Disassembly;

/// <summary>With the seam off, machine code is what it would be had there never been one.</summary>
public sealed partial class SeamVanishesTests
{
    private const string Engine = "MemCore.SeamProbe.EngineForms";
    private const string Bare = "MemCore.SeamProbe.BareForms";
    private const int IdleInstructionsMost = 6;

    [Fact]
    public void WordOperationsAreTheBareInstructions()
    {
        SkipWhereUnknown();
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "instructions are compared on x64 only");
        Dictionary<string, JitListing> listings = ByName(SeamProbeRun.Words());
        string[] members = [.. listings.Values.Where(l => l.Type == Engine && l.Member != "TryFreeze").Select(l => l.Member)];
        Assert.True(members.Length >= 18, $"only {members.Length} forms reached the last tier: {string.Join(", ", members)}");
        foreach (string member in members)
        {
            Assert.True(listings.TryGetValue($"{Bare}:{member}", out JitListing? bare), $"{member} has no bare twin in the last tier");
            JitListing engine = listings[$"{Engine}:{member}"];
            Assert.True(bare.Code.SequenceEqual(engine.Code), Compare(member, bare, engine));
        }
    }

    [Fact]
    public void EachReadModifyWriteIsOneLockedInstruction()
    {
        SkipWhereUnknown();
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "lock prefixes are counted on x64 only");
        Dictionary<string, JitListing> listings = ByName(SeamProbeRun.Words());
        string[] one =
        [
            "CompareExchange", "CompareExchangeUnsigned", "CompareExchangeWide", "Exchange", "Add", "AddWide", "Or", "And", "Fence",
            "Get", "TryGet", "PutTestZero", "TryLock", "UnlockReturnsWaiters",
        ];
        string[] none = ["Load", "Store", "LoadWide", "StorePlain", "Noted"];
        foreach (string member in one) { Assert.Equal((member, 1), (member, listings[$"{Engine}:{member}"].LockedInstructions)); }
        foreach (string member in none) { Assert.Equal((member, 0), (member, listings[$"{Engine}:{member}"].LockedInstructions)); }

        // The JIT may leave this one a method of its own.
        JitListing freeze = listings[$"{Engine}:TryFreeze"];
        if (freeze.Code.Any(line => line.Contains("FolioRef:TryFreeze", StringComparison.Ordinal))) { freeze = listings["MemCore.Frames.FolioRef:TryFreeze"]; }
        Assert.Equal(1, freeze.LockedInstructions);
        Assert.DoesNotContain(freeze.Code, line => line.StartsWith("call", StringComparison.Ordinal));
    }

    [Fact]
    public void NoMethodOfTheEngineNamesTheExplorerOrAPlantedBug()
    {
        SkipWhereUnknown();
        IReadOnlyList<JitListing> listings = SeamProbeRun.Engine();
        List<string> traces = Traces(listings, out int looked);
        Assert.True(looked >= 400, $"only {looked} methods of the engine were compiled");
        Assert.True(traces.Count == 0, $"{traces.Count} traces of the seam in {looked} methods:\n{string.Join('\n', traces)}");
        foreach (string must in new[]
        {
            "MemCore.Allocation.FrameAllocator:AllocateSlowly", "MemCore.Allocation.FrameAllocator:AllocateMany",
            "MemCore.Allocation.FrameAllocator:ReleaseMany", "MemCore.Allocation.FrameAllocator:FreeMany", "MemCore.Allocation.SharedFrames:GiveFrames",
            "MemCore.Lru.LruBatches:PutListed", "MemCore.Mapping.PageFaults:Fault", "MemCore.Mapping.Rmap:TryToMigrate", "MemCore.Migration.Migrator:MigratePages",
            "MemCore.Reclaim.Compaction:Run", "MemCore.Waiting.WaitTable:TryQueue", "MemCore.Waiting.WaitTable:Sleep", "MemCore.Waiting.FolioLock:LockSlow",
        })
        {
            Assert.Contains(listings, l => l.Name == must);
        }
    }

    /// <summary>Without a profile, as in code that is compiled ahead of time, the compiler asks a getter of two switches again and again and keeps what hangs on it.</summary>
    [Fact]
    public void NoMethodOfTheEngineCallsOneThatHasNothingToDo()
    {
        SkipWhereUnknown();
        IReadOnlyList<JitListing> listings = SeamProbeRun.Engine();
        HashSet<string> idle = [.. listings.Where(IsIdle).Select(l => l.Name)];
        List<string> calls = [];
        foreach (JitListing listing in listings.Where(l => EngineTypes().IsMatch(l.Type) && l.Member is not (".ctor" or ".cctor")))
        {
            foreach (string line in listing.Code)
            {
                Match call = Calls().Match(line);
                if (call.Success && idle.Contains(call.Groups[1].Value)) { calls.Add($"{listing.Name}: {line}"); }
            }
        }
        Assert.True(calls.Count == 0, $"{calls.Count} calls for nothing:\n{string.Join('\n', calls)}");
    }

    [Theory]
    [InlineData(true, "xor eax, eax", "ret")]
    [InlineData(true, "mov rax, qword ptr [rdi+0x08]", "cmp dword ptr [rax+0x24], 0x20000", "setge al", "movzx rax, al", "ret")]
    [InlineData(false, "jmp [MemCore.Primitives.Metal:Relax(byref)]")]
    [InlineData(false, "mov eax, 1", "lock", "xadd dword ptr [rdi], eax", "ret")]
    [InlineData(false, "mov eax, 1", "mov eax, 2", "mov eax, 3", "mov eax, 4", "mov eax, 5", "mov eax, 6", "ret")]
    public void AFewInstructionsWithoutACallAreNothing(bool idle, params string[] code) => Assert.Equal(idle, IsIdle(new JitListing("A:B()", "FullOpts", code)));

    [Fact]
    public void TheGuardSeesTheHookOfAProcessThatExplores()
    {
        SkipWhereUnknown();
        List<string> traces = Traces(SeamProbeRun.Engine("explore"), out _);
        Assert.Contains(traces, t => t.Contains("Atomic:Hooked", StringComparison.Ordinal));
        Assert.Contains(traces, t => t.Contains("SeamHost:Note", StringComparison.Ordinal) || t.Contains("SeamHost:Fails", StringComparison.Ordinal));
        Assert.Contains(traces, t => t.StartsWith("MemCore.Allocation.", StringComparison.Ordinal));
        Assert.Contains(traces, t => t.StartsWith("MemCore.Waiting.", StringComparison.Ordinal));
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) { return; }
        Dictionary<string, JitListing> words = ByName(SeamProbeRun.Words("explore"));
        Assert.NotEqual(words[$"{Bare}:Add"].Code, words[$"{Engine}:Add"].Code);
        Assert.NotEqual(words[$"{Bare}:PutTestZero"].Code, words[$"{Engine}:PutTestZero"].Code);
    }

    // Fewer instructions than it takes to call it: its caller could have them instead.
    private static bool IsIdle(JitListing method) =>
        method.Code.Count is > 0 and <= IdleInstructionsMost && method.LockedInstructions == 0
        && !method.Code.Any(line => line.StartsWith("call", StringComparison.Ordinal) || line.StartsWith('j') || line.StartsWith("tail", StringComparison.Ordinal));

    // The switches themselves are compiled too, once, for who sets them.
    private static List<string> Traces(IReadOnlyList<JitListing> listings, out int looked)
    {
        List<string> traces = [];
        looked = 0;
        foreach (JitListing listing in listings)
        {
            bool engine = EngineTypes().IsMatch(listing.Type) && !SwitchTypes().IsMatch(listing.Type);
            bool hook = HookMethods().IsMatch(listing.Name);
            if (hook) { traces.Add($"{listing.Name}: is called"); }
            if (!engine || hook) { continue; }
            looked++;
            traces.AddRange(listing.Code.Where(line => HookNames().IsMatch(line)).Select(line => $"{listing.Name}: {line}"));
        }
        return traces;
    }

    private static Dictionary<string, JitListing> ByName(IReadOnlyList<JitListing> listings)
    {
        Dictionary<string, JitListing> byName = [];
        foreach (JitListing listing in listings) { byName[listing.Name] = listing; }
        return byName;
    }

    private static string Compare(string member, JitListing bare, JitListing engine) =>
        $"{member}: {bare.Code.Count} instructions bare, {engine.Code.Count} through the seam\nbare:\n  {string.Join("\n  ", bare.Code)}\nseam:\n  {string.Join("\n  ", engine.Code)}";

    private static void SkipWhereUnknown()
    {
        string? reason = SeamProbeRun.WhyNot();
        Assert.SkipWhen(reason is not null, reason ?? string.Empty);
    }

    [GeneratedRegex(@"^(?:call|b|bl|tail\.jmp|jmp)\s+\[?(MemCore\.[^(\]]+)")]
    private static partial Regex Calls();

    // And of the probe what calls it: the JIT inlines some of the engine there.
    [GeneratedRegex(@"^MemCore\.((Frames|Waiting|Allocation|Primitives|Audit|Lru|Huge|Mapping|Migration|Reclaim|Engine)\.|SeamProbe\.(WarmEngine|WarmMachine)$)")]
    private static partial Regex EngineTypes();

    [GeneratedRegex(@"^MemCore\.Primitives\.(Seam|Plant|SeamHost|Bare)$")]
    private static partial Regex SwitchTypes();

    [GeneratedRegex(@"^MemCore\.Primitives\.(Atomic:Hooked|Plant:Is|Plant:get_Active|Bare:.*|SeamHost:.*)$")]
    private static partial Regex HookMethods();

    [GeneratedRegex(@"Hooked|SeamHost|PlantedBug|\b(Seam|Plant|Bare):")]
    private static partial Regex HookNames();
}
