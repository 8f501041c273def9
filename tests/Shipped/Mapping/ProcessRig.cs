using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Tests.Allocation;
using MemCore.Waiting;

namespace MemCore.Tests.Mapping;

/// <summary>Processes on a small machine: everything from frames to pins, all frames free. Task n runs on CPU n modulo the CPUs.</summary>
internal sealed class ProcessRig : IDisposable
{
    private readonly Arena _arena;
    private readonly PageMemory _memory;

    public ProcessRig(int frames = 1024, int cpus = 1, int tasks = 1, MappingOptions? options = null)
    {
        options ??= Small;
        _arena = new Arena(((long)frames * 160) + (32 << 20) + options.ReservedBytes);
        Frames = new FrameTable(_arena, frames);
        Cpus = new CpuSlots(_arena, cpus, tasks);
        Events = new EventCounters(_arena, tasks);
        Allocator = new FrameAllocator(_arena, Frames, Cpus, Events, new AllocatorOptions { BlockOrder = 4, BlocksPerTree = 4 });
        WaitTable waits = new(_arena, Frames, Cpus, Events, new WaitOptions());
        Locks = new FolioLock(Frames, waits, Events);
        _memory = new PageMemory(_arena, frames, frameBytes: 256);
        Contents = new FrameContents(_memory);
        Engine = new EngineBase(_arena, Frames, Cpus, Events, new RefLedger(_arena, frames), new MigrationPolicy());
        FolioLinks links = new(Engine);
        LruVecs lru = new(Engine, links, new LruOptions());
        Folios = new Folios(Engine, lru, Allocator);
        Batches = new LruBatches(Engine, lru, Folios);
        Tables = new PageTables(Engine, options);
        Tlb = new Tlb(Engine, Tables, options);
        Vmas = new Vmas(Engine, options);
        AnonVmas = new AnonVmas(Engine, Vmas, options);
        KsmNodes ksm = new(Engine, options);
        Caches = new PageCaches(Engine, Allocator, Contents, Locks, Folios, Batches, Vmas, options);
        Rmap = new Rmap(Engine, Tables, Tlb, Vmas, AnonVmas, Caches, ksm);
        Mms = new Mms(Engine, Tables, Vmas, AnonVmas, Caches, Rmap, Tlb, Folios, Batches, Allocator, Contents, options);
        MigrationEntryWait entryWait = new(Engine, Tables, Locks, Folios);
        Faults = new PageFaults(Engine, Mms, Vmas, AnonVmas, Tables, Caches, Rmap, Tlb, Allocator, Contents, Locks, Folios, Batches, entryWait);
        Memories = new UserMemory(Engine, Mms, Tlb, Faults, Contents);
        Pins = new Pins(Engine, Mms, Tables, Faults, Folios);
        for (int task = 0; task < tasks; task++) { Cpus.Place(new TaskId(task), new CpuId(task % cpus)); }
        Allocator.FreeRangeAtRest(new Pfn(0), frames);
    }

    /// <summary>Tables of eight entries, so that small ranges cross them.</summary>
    public static MappingOptions Small => new() { Mms = 16, Vmas = 256, TableNodes = 2048, TableOrder = 3, TableLevels = 4, TlbOrder = 3 };

    public FrameTable Frames { get; }

    public CpuSlots Cpus { get; }

    public EventCounters Events { get; }

    public FrameAllocator Allocator { get; }

    public FolioLock Locks { get; }

    public FrameContents Contents { get; }

    public EngineBase Engine { get; }

    public Folios Folios { get; }

    public LruBatches Batches { get; }

    public PageTables Tables { get; }

    public Tlb Tlb { get; }

    public Vmas Vmas { get; }

    public AnonVmas AnonVmas { get; }

    public PageCaches Caches { get; }

    public Rmap Rmap { get; }

    public Mms Mms { get; }

    public PageFaults Faults { get; }

    public UserMemory Memories { get; }

    public Pins Pins { get; }

    public MmId NewMm(int task = 0)
    {
        MmId mm = Mms.Create(new TaskId(task));
        Assert.False(mm.IsNone);
        return mm;
    }

    public VmaId Map(MmId mm, long start, long pages, VmaFlags flags = VmaFlags.Write, CacheId cache = default, long offset = 0, int task = 0)
    {
        VmaId vma = Mms.Map(new TaskId(task), mm, start, pages, flags, cache, offset);
        Assert.False(vma.IsNone);
        return vma;
    }

    public void Write(MmId mm, long page, uint version, int task = 0, uint owner = 0) =>
        Assert.Equal(FaultResult.Done, Memories.TryWrite(new TaskId(task), mm, page, new PageSignature(owner == 0 ? (uint)mm.Value : owner, version, page)));

    /// <param name="mm">The Mm.</param>
    /// <param name="page">Of it.</param>
    /// <param name="task">Who reads.</param>
    /// <param name="check">The contents must prove themselves: nobody writes meanwhile.</param>
    public PageSignature Read(MmId mm, long page, int task = 0, bool check = true)
    {
        Assert.Equal(FaultResult.Done, Memories.TryRead(new TaskId(task), mm, page, out PageSignature signature, out bool intact));
        Assert.True(intact || !check);
        return signature;
    }

    public Pte PteOf(MmId mm, long page)
    {
        PteSlot slot = Tables.Find(Mms.RootOf(mm), page);
        return slot.IsNone ? Pte.None : Tables.Read(slot);
    }

    public Pfn FrameOf(MmId mm, long page)
    {
        Pte pte = PteOf(mm, page);
        Assert.True(pte.IsPresent);
        return pte.Pfn;
    }

    /// <summary>The frame that an access to a page that is not being unmapped for good reaches now.</summary>
    public Pfn FrameOf(MmId mm, long page, TaskId task)
    {
        while (true)
        {
            Tlb.BeginAccess(task);
            Pfn pfn = Tlb.Translate(task, mm, Mms.RootOf(mm), page, write: false);
            Tlb.EndAccess(task);
            if (!pfn.IsNone) { return pfn; }
            Assert.NotEqual(FaultResult.Refused, Faults.Fault(task, mm, page, write: false));
        }
    }

    public void DrainBatches(int task = 0)
    {
        for (int cpu = 0; cpu < Cpus.Cpus; cpu++) { Batches.DrainCpu(new TaskId(task), new CpuId(cpu)); }
    }

    /// <summary>Every frame is free, and so is every table, VMA and number; cached translations, if any, are of nobody.</summary>
    public void AssertEmpty()
    {
        DrainBatches();
        List<string> findings = [];
        Allocator.AuditAtRest((kind, text) => findings.Add($"{kind}: {text}"));
        Assert.Empty(findings.Take(5));
        Assert.Equal(Frames.Frames, Allocator.FreeFramesAtRest() + Allocator.LeakedFramesAtRest());
        Assert.Equal(0, Allocator.LeakedFramesAtRest());
        Assert.Equal(0, Tables.UsedTablesAtRest());
        Assert.Equal(0, Vmas.UsedAtRest());
        Assert.Equal((0, 0), AnonVmas.UsedAtRest());
        int translations = 0;
        Tlb.ForEachAtRest((_, _, _, _, _) => translations++);
        Assert.Equal(0, translations);
    }

    /// <summary>Map counts are those that the page tables show, references are explained, and cached translations permit no more than entries do.</summary>
    public void AssertConsistent()
    {
        DrainBatches();
        int[] mapped = new int[Frames.Frames];
        Dictionary<(int Mm, long Page), Pte> entries = [];
        Mms.ForEachAtRest((mm, root) => Tables.ForEachAtRest(root, (page, _, pte) =>
        {
            Assert.True(pte.IsPresent);
            mapped[pte.Pfn.Value]++;
            entries.Add((mm.Value, page), pte);
        }));
        FrameColumns at = Frames.AtRest;
        for (int pfn = 0; pfn < mapped.Length; pfn++) { Assert.Equal(mapped[pfn], MapCount.CountOf(at.MapCount[pfn])); }
        Tlb.ForEachAtRest((_, mm, page, pfn, write) =>
        {
            Assert.True(entries.TryGetValue((mm.Value, page), out Pte pte), $"a translation of page {page} of {mm} that is not mapped");
            Assert.Equal(pte.Pfn, pfn);
            Assert.True(!write || (pte.IsWritable && pte.IsDirty));
        });
        EngineAudit audit = new(new AuditedEngine(Frames) { Allocator = Allocator, Cpus = Cpus });
        Assert.Empty(audit.Run(HeldFolios.None).Findings.Take(5));
    }

    /// <summary>Runs one thread a task and rethrows what one of them threw.</summary>
    public void Run(Action<TaskId> body) => AllocatorRig.Run(Cpus.Tasks, body);

    public void Dispose()
    {
        _memory.Dispose();
        _arena.Dispose();
    }
}
