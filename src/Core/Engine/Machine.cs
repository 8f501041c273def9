using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;
using MemCore.Reclaim;
using MemCore.Waiting;

namespace MemCore.Engine;

/// <summary>One machine: the arena and everything that lives in it. Immutable after construction; what changes is in the arena.</summary>
/// <remarks>Initially nothing is free: who sets the machine up decides what the allocator gets.</remarks>
internal sealed class Machine : IDisposable
{
    private const int FoliosBorder = 1 << FrameTable.MaxOrder;

    // Columns of frames, allocator, wait table and audits come to less; address space that is not used costs nothing.
    private const long ReservedPerFrame = 160;
    private const long ReservedPerTask = 64 << 10;
    private const long ReservedPerCpu = 256 << 10;
    private const long ReservedBase = 16 << 20;

    public Machine(MachineOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Frames, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Tasks, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Cpus, nameof(options));
        Options = options;
        Arena = new Arena(ReservationFor(options), hugePages: options.Frames >= 1 << 18);
        Frames = new FrameTable(Arena, options.Frames);
        Cpus = new CpuSlots(Arena, options.Cpus, options.Tasks);
        Events = new EventCounters(Arena, options.Tasks);
        Allocator = new FrameAllocator(Arena, Frames, Cpus, Events, options.Allocator);
        Waiters = new WaitTable(Arena, Frames, Cpus, Events, options.Waiting);
        Locks = new FolioLock(Frames, Waiters, Events);
        Mail = new CpuMailbox(Arena, options.Cpus);
        Memory = new PageMemory(Arena, options.Frames, options.FrameBytes);
        Contents = new FrameContents(Memory);
        Base = new EngineBase(Arena, Frames, Cpus, Events, new RefLedger(Arena, options.Frames), options.Policy);
        Links = new FolioLinks(Base);
        Lru = new LruVecs(Base, Links, options.Lru);
        Folios = new Folios(Base, Lru, Allocator);
        Batches = new LruBatches(Base, Lru, Folios);
        Drain = new LruDrain(Base, Batches, Mail);
        Isolation = new LruIsolation(Base, Lru, Batches, Folios);
        Tables = new PageTables(Base, options.Mapping);
        Tlb = new Tlb(Base, Tables, options.Mapping);
        Vmas = new Vmas(Base, options.Mapping);
        AnonVmas = new AnonVmas(Base, Vmas, options.Mapping);
        Ksm = new KsmNodes(Base, options.Mapping);
        Caches = new PageCaches(Base, Allocator, Contents, Locks, Folios, Batches, Vmas, options.Mapping);
        Rmap = new Rmap(Base, Tables, Tlb, Vmas, AnonVmas, Caches, Ksm);
        Mms = new Mms(Base, Tables, Vmas, AnonVmas, Caches, Rmap, Tlb, Folios, Batches, Allocator, Contents, options.Mapping);
        EntryWait = new MigrationEntryWait(Base, Tables, Locks, Folios);
        Faults = new PageFaults(Base, Mms, Vmas, AnonVmas, Tables, Caches, Rmap, Tlb, Allocator, Contents, Locks, Folios, Batches, EntryWait);
        Memories = new UserMemory(Base, Mms, Tlb, Faults, Contents);
        Pins = new Pins(Base, Mms, Tables, Faults, Folios);
        Movable = new MovableOps(Base, Locks, Folios);
        Migrator = new Migrator(Base, Links, Locks, Folios, Batches, Isolation, Drain, Rmap, AnonVmas, Caches, Tlb, Movable, Contents, Allocator);
        Balloon = new Balloon(Base, Links, Allocator, Folios);
        Compaction = new Compaction(Base, Links, Allocator, Drain, Movable, Migrator, options.Lru.Nodes);
        Movable.Register(PageType.Offline, Balloon);
        for (int t = 0; t < options.Tasks; t++) { Cpus.Place(new TaskId(t), new CpuId(t % options.Cpus)); }
    }

    public MachineOptions Options { get; }

    public Arena Arena { get; }

    public FrameTable Frames { get; }

    public CpuSlots Cpus { get; }

    public EventCounters Events { get; }

    public FrameAllocator Allocator { get; }

    public WaitTable Waiters { get; }

    public FolioLock Locks { get; }

    public CpuMailbox Mail { get; }

    public PageMemory Memory { get; }

    public FrameContents Contents { get; }

    public EngineBase Base { get; }

    public FolioLinks Links { get; }

    public LruVecs Lru { get; }

    public Folios Folios { get; }

    public LruBatches Batches { get; }

    public LruDrain Drain { get; }

    public LruIsolation Isolation { get; }

    public PageTables Tables { get; }

    public Tlb Tlb { get; }

    public Vmas Vmas { get; }

    public AnonVmas AnonVmas { get; }

    public KsmNodes Ksm { get; }

    public PageCaches Caches { get; }

    public Rmap Rmap { get; }

    public Mms Mms { get; }

    public MigrationEntryWait EntryWait { get; }

    public PageFaults Faults { get; }

    public UserMemory Memories { get; }

    public Pins Pins { get; }

    public MovableOps Movable { get; }

    public Migrator Migrator { get; }

    public Balloon Balloon { get; }

    public Compaction Compaction { get; }

    /// <summary>Bytes that the machine takes with its frames' contents, at most: what to hold against the memory there is.</summary>
    public static long BytesFor(MachineOptions options) =>
        ReservationFor(options) + ((long)options.Frames * options.FrameBytes);

    /// <summary>Divides the frames evenly and in order among so many nodes, at borders of the largest folio. At rest only.</summary>
    /// <remarks>The node stays in the flags word for the machine's life: every reset of the flags keeps it.</remarks>
    public void TagNodesAtRest(int nodes)
    {
        if (nodes <= 1) { return; }
        Strided<uint> flags = Frames.AtRest.Flags;
        int grains = (flags.Length + FoliosBorder - 1) / FoliosBorder;
        for (int pfn = 0; pfn < flags.Length; pfn++)
        {
            uint node = (uint)((long)(pfn / FoliosBorder) * nodes / grains);
            flags[pfn] = (flags[pfn] & (uint)PageFlags.All) | (node << PageFlagsLayout.NodeShift);
        }
    }

    public void Dispose()
    {
        Memory.Dispose();
        Arena.Dispose();
    }

    private static long ReservationFor(MachineOptions options) =>
        ReservedBase + (options.Frames * ReservedPerFrame) + (options.Tasks * ReservedPerTask) + (options.Cpus * ReservedPerCpu)
        + ((long)options.Waiting.Buckets * 1024) + options.Mapping.ReservedBytes + options.ExtraBytes;
}
