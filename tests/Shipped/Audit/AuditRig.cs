using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Audit;

/// <summary>A small machine with everything in it, its audit, and what tasks say they hold.</summary>
internal sealed class AuditRig : IDisposable
{
    public const int FrameCount = 4096;
    public static readonly TaskId Me = new(0);

    private readonly FolioLists _lists;

    public AuditRig(int tasks = 3)
    {
        Machine = new Machine(new MachineOptions
        {
            Frames = FrameCount,
            Tasks = tasks,
            Cpus = 2,
            FrameBytes = 128,
            Lru = new LruOptions { BatchCapacity = 4 },
            Mapping = new MappingOptions { TableOrder = 4, TlbOrder = 4 },
            ExtraBytes = 1 << 20,
        });
        Machine.Allocator.FreeRangeAtRest(new Pfn(0), FrameCount);
        _lists = new FolioLists(Machine.Base, Machine.Links, "test_lists", tasks);
        Notes = new RefNotes(Machine.Arena, FrameCount);
        Audit = new EngineAudit(AuditedEngine.Of(Machine) with { Noted = Notes.DescribeAtRest });
    }

    public Machine Machine { get; }

    public EngineAudit Audit { get; }

    /// <summary>The ledger of a checked build, for tests to write in.</summary>
    public RefNotes Notes { get; }

    public HeldFolios Held { get; } = new();

    public FolioList List(TaskId task) => _lists[task.Value];

    /// <summary>An Mm with one VMA over pages 0 to <paramref name="pages"/> − 1.</summary>
    public MmId NewMm(int pages = 16, VmaFlags flags = VmaFlags.Write, CacheId cache = default)
    {
        MmId mm = Machine.Mms.Create(Me);
        Assert.False(mm.IsNone);
        Assert.False(Machine.Mms.Map(Me, mm, 0, pages, flags, cache).IsNone);
        return mm;
    }

    /// <summary>Writes a page, lists its folio, and forgets the translation.</summary>
    public Pfn Write(MmId mm, long page)
    {
        Assert.Equal(FaultResult.Done, Machine.Memories.TryWrite(Me, mm, page, new PageSignature((uint)mm.Value, 1, page)));
        return Settle(mm, page);
    }

    public Pfn Read(MmId mm, long page)
    {
        Assert.Equal(FaultResult.Done, Machine.Memories.TryRead(Me, mm, page, out _, out _));
        return Settle(mm, page);
    }

    public PteSlot SlotOf(MmId mm, long page)
    {
        PteSlot slot = Machine.Tables.FindOrCreate(Me, Machine.Mms.RootOf(mm), page);
        Assert.False(slot.IsNone);
        return slot;
    }

    public VmaId VmaOf(MmId mm)
    {
        VmaId found = default;
        Machine.Mms.ForEachVmaAtRest(mm, (id, _) => found = found.IsNone ? id : found);
        return found;
    }

    public void AssertClean(string about = "")
    {
        AuditPart found = Audit.Run(Held);
        Assert.True(found.Violations == 0, $"{about}: {found.Violations} findings:\n{string.Join('\n', found.Findings)}");
    }

    /// <summary>The audit finds breaches of these invariants, of no other, and one of them says so of the frame.</summary>
    public void AssertFinds(ViolationKind kind, Pfn pfn, string text, params string[] invariants)
    {
        AuditPart found = Audit.Run(Held);
        string all = string.Join('\n', found.Findings);
        Assert.True(invariants.Order().SequenceEqual(found.Findings.Select(f => f.Invariant).Distinct().Order()), $"expected {string.Join(", ", invariants)} alone, found\n{all}");
        Assert.True(found.Findings.Any(f => f.Kind == kind && f.Pfn == pfn && f.Text.Contains(text, StringComparison.Ordinal)), $"expected {kind} of {pfn} '{text}', found\n{all}");
    }

    public void Dispose() => Machine.Dispose();

    private Pfn Settle(MmId mm, long page)
    {
        Machine.Drain.DrainLocal(Me);
        Machine.Tlb.FlushMm(Me, mm);
        Pte pte = Machine.Tables.Read(SlotOf(mm, page));
        Assert.True(pte.IsPresent);
        return pte.Pfn;
    }
}
