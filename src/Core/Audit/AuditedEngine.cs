using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Reclaim;
using MemCore.Waiting;

namespace MemCore.Audit;

/// <summary>What an audit looks at. Whatever is null is not there, and what hangs on it is not checked.</summary>
internal sealed record AuditedEngine(FrameTable Table)
{
    public FrameAllocator? Allocator { get; init; }

    public WaitTable? Waits { get; init; }

    public CpuSlots? Cpus { get; init; }

    public FrameContents? Contents { get; init; }

    public EventCounters? Events { get; init; }

    /// <summary>What the ledger knows of a folio's holders, in words; empty: nothing.</summary>
    public Func<Pfn, string>? Noted { get; init; }

    public LruVecs? Lru { get; init; }

    public LruBatches? Batches { get; init; }

    public LruDrain? Drain { get; init; }

    public Balloon? Balloon { get; init; }

    public AuditedMapping? Mapping { get; init; }

    /// <summary>What the check of single folios needs while tasks run.</summary>
    public AuditedLocks? Locks { get; init; }

    /// <summary>Everything a machine has. Once for each machine: the audit has words of its own in the arena.</summary>
    public static AuditedEngine Of(Machine machine) => new(machine.Frames)
    {
        Allocator = machine.Allocator,
        Waits = machine.Waiters,
        Cpus = machine.Cpus,
        Contents = machine.Contents,
        Events = machine.Events,
        Noted = machine.Base.Ledger.DescribeAtRest,
        Lru = machine.Lru,
        Batches = machine.Batches,
        Drain = machine.Drain,
        Balloon = machine.Balloon,
        Mapping = AuditedMapping.Of(machine),
        Locks = new AuditedLocks(machine.Locks, machine.Folios, machine.Base),
    };
}

/// <summary>Page tables and everything that they are held against.</summary>
internal sealed record AuditedMapping(
    Mms Mms, PageTables Tables, Tlb Tlb, AnonVmas AnonVmas, KsmNodes Ksm, PageCaches Caches, Vmas Vmas, EntryCounts Entries)
{
    public static AuditedMapping Of(Machine machine) => new(
        machine.Mms, machine.Tables, machine.Tlb, machine.AnonVmas, machine.Ksm, machine.Caches, machine.Vmas, new EntryCounts(machine.Arena, machine.Frames.Frames));
}

internal sealed record AuditedLocks(FolioLock Folio, Folios Folios, EngineBase Base);
