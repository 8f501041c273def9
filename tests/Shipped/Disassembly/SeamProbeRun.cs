using System.Diagnostics;
using System.Runtime.InteropServices;
using MemCore.Frames;

namespace MemCore.Tests.Disassembly;

/// <summary>Runs the probe in a process of its own and reads what the JIT printed there.</summary>
internal static class SeamProbeRun
{
    private const int LimitMs = 60_000;

    /// <summary>What of a build cannot be judged here, or null.</summary>
    public static string? WhyNot()
    {
        if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            return $"machine code of {RuntimeInformation.ProcessArchitecture} is not known to this test";
        }
        DebuggableAttribute? debuggable = typeof(FrameTable).Assembly.GetCustomAttributes(typeof(DebuggableAttribute), false)
            .OfType<DebuggableAttribute>().FirstOrDefault();
        return debuggable is { IsJITOptimizerDisabled: true } ? "the engine was built without optimisation: build with -c Release" : null;
    }

    /// <summary>The word operations in their last tier.</summary>
    public static IReadOnlyList<JitListing> Words(params string[] before) =>
        [.. Run("MemCore.SeamProbe.*:* MemCore.Frames.*:*", [.. before, "words"], ("DOTNET_TC_CallCountingDelayMs", "0")).Where(l => l.Tier == "Tier1")];

    /// <summary>Every method of the engine that a run all over it compiles, optimised at once.</summary>
    public static IReadOnlyList<JitListing> Engine(params string[] before) =>
        [.. Run("MemCore.*:*", [.. before, "engine"], ("DOTNET_TieredCompilation", "0")).Where(l => l.Tier == "FullOpts")];

    private static IReadOnlyList<JitListing> Run(string methods, string[] arguments, (string Name, string Value) tiers)
    {
        string output = Path.Combine(Path.GetTempPath(), $"memcore-jit-{Guid.NewGuid():N}.txt");
        ProcessStartInfo start = new(Host()) { RedirectStandardError = true, UseShellExecute = false };
        foreach (string inherited in start.Environment.Keys.Where(IsJitSetting).ToArray()) { start.Environment.Remove(inherited); }
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_JitDisasm"] = methods;
        start.Environment["DOTNET_JitDisasmDiffable"] = "1";
        start.Environment["DOTNET_JitStdOutFile"] = output;
        start.Environment[tiers.Name] = tiers.Value;
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "MemCore.SeamProbe.dll"));
        foreach (string argument in arguments) { start.ArgumentList.Add(argument); }
        try
        {
            using Process child = Process.Start(start)!;
            string errors = child.StandardError.ReadToEnd();
            Assert.True(child.WaitForExit(LimitMs), "the probe did not end");
            Assert.True(child.ExitCode == 0, $"the probe failed with {child.ExitCode}: {errors}");
            return JitListing.ReadAll(output);
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static bool IsJitSetting(string name) =>
        name.StartsWith("COMPlus_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("DOTNET_Jit", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("DOTNET_T", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("DOTNET_ReadyToRun", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("DOTNET_OSR", StringComparison.OrdinalIgnoreCase);

    // The program that started this runtime: shared/Microsoft.NETCore.App/<version>/ lies below it.
    private static string Host()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : name;
    }
}
