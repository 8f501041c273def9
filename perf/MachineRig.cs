using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>A whole machine, task n on CPU n, and what measuring loops do with it.</summary>
internal sealed class MachineRig : IDisposable
{
    /// <summary>The task that sets things up, and that measures where one is enough.</summary>
    public static readonly TaskId Me = new(0);

    private const int FrameBytes = 64;
    private const int TablePages = 512;
    private const int UpperTables = 3;
    private const long ExtraBytes = 1 << 20;

    private readonly FolioLists _lists;

    /// <param name="options">The machine.</param>
    /// <param name="free">Everything is free; otherwise everything is taken, each frame with a life of its own.</param>
    public MachineRig(MachineOptions options, bool free = true)
    {
        Machine = new Machine(options with { ExtraBytes = ExtraBytes + (options.Tasks * 1024L) });
        Machine.TagNodesAtRest(options.Lru.Nodes);
        _lists = new FolioLists(Machine.Base, Machine.Links, "measured", options.Tasks);
        if (free) { Machine.Allocator.FreeRangeAtRest(new Pfn(0), options.Frames); }
        else { Machine.Allocator.TakeRangeAtRest(new Pfn(0), options.Frames); }
    }

    public Machine Machine { get; }

    /// <summary>Options of a machine with room for so many processes that have so many pages each.</summary>
    public static MachineOptions Sized(int frames, int tasks = 1, int mms = 8, int pages = TablePages) => new()
    {
        Frames = frames,
        Cpus = tasks,
        Tasks = tasks,
        FrameBytes = FrameBytes,
        Mapping = new MappingOptions
        {
            Mms = mms + 1,
            Vmas = (2 * mms) + 2,
            AnonVmas = (2 * mms) + 2,
            AnonLinks = (4 * mms) + 4,
            TableNodes = (mms + 1) * (UpperTables + (pages / TablePages) + 2),
        },
    };

    /// <summary>A task's folios that are isolated and not yet migrated.</summary>
    public FolioList List(TaskId task) => _lists[task.Value];

    /// <summary>A process with one anonymous range from page 0 on, nothing of it touched.</summary>
    public MmId NewMm(int pages)
    {
        MmId mm = Machine.Mms.Create(Me);
        Bug.If(mm.IsNone || Machine.Mms.Map(Me, mm, 0, pages, VmaFlags.Write).IsNone, ViolationKind.Unexpected, "no room for a process");
        return mm;
    }

    /// <summary>Writes to the pages, so that each has a folio, which is on the LRU.</summary>
    public void Touch(TaskId task, MmId mm, int first, int pages)
    {
        for (int page = first; page < first + pages; page++)
        {
            FaultResult fault = Machine.Faults.Fault(task, mm, page, write: true);
            Bug.If(fault != FaultResult.Done, ViolationKind.Unexpected, "a page could not be touched");
        }
        Machine.Drain.DrainLocal(task);
    }

    /// <summary>The frame that a page of nobody else is mapped to.</summary>
    public Pfn FrameOf(int root, long page) => Machine.Tables.Read(Machine.Tables.Find(root, page)).Pfn;

    /// <summary>Isolates the page's folio and migrates it to wherever there is a frame. False: it is in somebody's hands, or parked in a batch.</summary>
    public bool TryMigrate(TaskId task, int root, long page)
    {
        FolioList list = List(task);
        if (!Machine.Migrator.TryIsolate(task, FrameOf(root, page), list)) { return false; }
        MigrateResult result = Machine.Migrator.MigratePages(task, list, Machine.Migrator.Anywhere, MigrateMode.Async, MigrateReason.Syscall);
        if (result.Succeeded == 1) { return true; }
        Machine.Migrator.Putback(task, list);
        return false;
    }

    public void Dispose() => Machine.Dispose();
}
