using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Migration;

/// <summary>A small machine, a list for each task, and the words of a migration that tests ask about.</summary>
internal sealed class MigrationRig : IDisposable
{
    public const int FrameCount = 2048;
    public static readonly TaskId Me = new(0);

    private static readonly RefHolder[] s_holders = Seam.NotesHolders ? Enum.GetValues<RefHolder>() : [];

    private readonly FolioLists _lists;

    public MigrationRig(MigrationPolicy? policy = null, int tasks = 1, int cpus = 1, int frames = FrameCount)
    {
        Machine = new Machine(new MachineOptions
        {
            Frames = FrameCount,
            Tasks = tasks,
            Cpus = cpus,
            FrameBytes = 128,
            Policy = policy ?? new MigrationPolicy(),
            Mapping = new MappingOptions { TableOrder = 4, TlbOrder = 4 },
            ExtraBytes = 1 << 16,
        });
        Machine.Allocator.TakeRangeAtRest(new Pfn(frames), FrameCount - frames);
        Machine.Allocator.FreeRangeAtRest(new Pfn(0), frames);
        _lists = new FolioLists(Machine.Base, Machine.Links, "test_lists", tasks);
        FreeAtStart = Machine.Allocator.FreeFramesAtRest();
    }

    public Machine Machine { get; }

    public long FreeAtStart { get; }

    public FolioList List(TaskId task) => _lists[task.Value];

    public long Sum(EventCounter counter) => Machine.Events.Sum(counter);

    public PageFlags FlagsOf(Pfn pfn) => Machine.Frames.Flags(pfn).Read();

    public int RefsOf(Pfn pfn) => Machine.Frames.Ref(pfn).CountUnsafe;

    public long MappingOf(Pfn pfn) => Machine.Frames.Mapping(pfn).Raw;

    /// <summary>An Mm with one VMA over pages 0 to <paramref name="pages"/> − 1.</summary>
    public MmId NewMm(int pages = 8, VmaFlags flags = VmaFlags.Write, CacheId cache = default)
    {
        MmId mm = Machine.Mms.Create(Me);
        Assert.False(mm.IsNone);
        Assert.False(Machine.Mms.Map(Me, mm, 0, pages, flags, cache).IsNone);
        return mm;
    }

    public PageSignature Write(MmId mm, long page, uint version, TaskId task = default)
    {
        PageSignature signature = new((uint)mm.Value, version, page);
        Assert.Equal(FaultResult.Done, Machine.Memories.TryWrite(task, mm, page, signature));
        return signature;
    }

    public PageSignature Read(MmId mm, long page, TaskId task = default)
    {
        Assert.Equal(FaultResult.Done, Machine.Memories.TryRead(task, mm, page, out PageSignature signature, out bool intact));
        Assert.True(intact);
        return signature;
    }

    public Pte PteOf(MmId mm, long page)
    {
        PteSlot slot = Machine.Tables.Find(Machine.Mms.RootOf(mm), page);
        return slot.IsNone ? Pte.None : Machine.Tables.Read(slot);
    }

    public Pfn PfnOf(MmId mm, long page)
    {
        Pte pte = PteOf(mm, page);
        Assert.True(pte.IsPresent);
        return pte.Pfn;
    }

    /// <summary>An unmapped folio on the LRU with one reference, the caller's.</summary>
    public Pfn NewFolio(PageFlags flags = PageFlags.None, long mapping = 0)
    {
        Pfn pfn = Machine.Allocator.Allocate(Me, 0, MigrateType.Movable);
        Machine.Frames.Flags(pfn).Set(flags | PageFlags.Uptodate);
        Machine.Frames.Mapping(pfn).SetLocked(mapping);
        Machine.Contents.Stamp(pfn, new PageSignature(77, 0, pfn.Value));
        Machine.Batches.Add(Me, pfn);
        Machine.Drain.DrainLocal(Me);
        return pfn;
    }

    /// <summary>Isolates onto the task's list, which must succeed.</summary>
    public void Isolate(params ReadOnlySpan<Pfn> pages)
    {
        Machine.Drain.DrainLocal(Me);
        foreach (Pfn page in pages) { Assert.True(Machine.Migrator.TryIsolate(Me, page, List(Me)), $"pfn {page} is not to be had"); }
    }

    public MigrateResult Migrate(MigrateMode mode, IMigrationTarget? target = null, MigrateReason reason = MigrateReason.Compaction) =>
        Machine.Migrator.MigratePages(Me, List(Me), target ?? Machine.Migrator.Anywhere, mode, reason);

    public MigrateResult IsolateAndMigrate(MigrateMode mode, params ReadOnlySpan<Pfn> pages)
    {
        Isolate(pages);
        return Migrate(mode);
    }

    public void Putback()
    {
        Machine.Migrator.Putback(Me, List(Me));
        Machine.Drain.DrainLocal(Me);
    }

    /// <summary>Everything was given back: no frame is missing, no folio isolated, locked or reported.</summary>
    public void AssertAllFree()
    {
        Machine.Drain.DrainAll(Me);
        Assert.Equal(FreeAtStart, Machine.Allocator.FreeFramesAtRest());
        AssertAtRest();
        for (int pfn = 0; pfn < FrameCount; pfn++)
        {
            foreach (RefHolder holder in s_holders) { Assert.Equal(0, Machine.Base.Ledger.CountAtRest(new Pfn(pfn), holder)); }
        }
    }

    public void AssertAtRest()
    {
        Assert.Empty(Machine.Allocator.BadPages);
        Assert.Equal(0, Sum(EventCounter.NrIsolatedAnon));
        Assert.Equal(0, Sum(EventCounter.NrIsolatedFile));
        foreach (uint flags in Machine.Frames.AtRest.Flags) { Assert.Equal(PageFlags.None, (PageFlags)flags & PageFlags.Locked); }
        List<string> problems = [];
        Machine.Lru.AuditAtRest((kind, pfn, text) => problems.Add($"{kind} pfn 0x{pfn:x}: {text}"));
        Machine.Waiters.AuditAtRest((kind, text) => problems.Add($"{kind}: {text}"));
        Assert.Empty(problems);
    }

    public void Dispose() => Machine.Dispose();
}

/// <summary>A target that has so many destinations, and counts those that came back.</summary>
internal sealed class CountedTarget(IMigrationTarget inner, int destinations) : IMigrationTarget
{
    public int Allocated { get; private set; }

    public int Freed { get; private set; }

    public Pfn Allocate(TaskId task, Pfn source)
    {
        if (Allocated == destinations) { return Pfn.None; }
        Allocated++;
        return inner.Allocate(task, source);
    }

    public void Free(TaskId task, Pfn target)
    {
        Freed++;
        inner.Free(task, target);
    }
}

/// <summary>A driver with pages on no list: remembers what it was asked.</summary>
internal sealed class FakeDriver(Machine machine, PageType type) : IMovableOps
{
    public bool RefusesIsolation { get; set; }

    public int RefusedMigrations { get; set; }

    public int Isolated { get; private set; }

    public int PutBack { get; private set; }

    /// <summary>A page of the driver with the driver's reference.</summary>
    public Pfn NewPage()
    {
        Pfn page = machine.Allocator.Allocate(MigrationRig.Me, 0, MigrateType.Movable);
        machine.Contents.Stamp(page, new PageSignature(99, 1, 5));
        Own(page);
        return page;
    }

    public bool Isolate(TaskId task, Pfn page)
    {
        if (RefusesIsolation) { return false; }
        Isolated++;
        return true;
    }

    public bool Migrate(TaskId task, Pfn target, Pfn source)
    {
        if (RefusedMigrations > 0)
        {
            RefusedMigrations--;
            return false;
        }
        machine.Contents.Copy(source, target);
        machine.Frames.Ref(target).Get();
        Own(target);
        machine.Folios.Put(task, source);
        return true;
    }

    public void Putback(TaskId task, Pfn page) => PutBack++;

    private void Own(Pfn page)
    {
        machine.Frames.Map(page).SetType(type);
        machine.Frames.Flags(page).Set(MovableOps.Movable);
    }
}
