using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Reclaim;

namespace MemCore.Tests.Reclaim;

/// <summary>A machine of blocks of 64 frames with one Mm, whose pages have contents that can be told apart.</summary>
internal sealed class ReclaimRig : IDisposable
{
    public const int BlockFrames = 64;
    public static readonly TaskId Me = new(0);

    private readonly Dictionary<long, PageSignature> _written = [];

    public ReclaimRig(int blocks, int tasks = 1, int cpus = 1, int nodes = 1)
    {
        Machine = new Machine(new MachineOptions
        {
            Frames = blocks * BlockFrames,
            Tasks = tasks,
            Cpus = cpus,
            FrameBytes = 128,
            Allocator = new AllocatorOptions { BlockOrder = 6, RowOrder = 4, BlocksPerTree = 4 },
            Lru = new LruOptions { Nodes = nodes },
            Mapping = new MappingOptions { TableOrder = 6, TableLevels = 3, TlbOrder = 4 },
        });
        Machine.TagNodesAtRest(nodes);
        Machine.Allocator.FreeRangeAtRest(new Pfn(0), Frames);
        Mm = Machine.Mms.Create(Me);
        Assert.False(Machine.Mms.Map(Me, Mm, 0, Frames, VmaFlags.Write).IsNone);
    }

    public Machine Machine { get; }

    public MmId Mm { get; }

    public int Frames => Machine.Frames.Frames;

    public FrameAllocator Allocator => Machine.Allocator;

    public Compaction Compaction => Machine.Compaction;

    public IEnumerable<long> Pages => _written.Keys;

    public long Sum(EventCounter counter) => Machine.Events.Sum(counter);

    public void Write(long page, TaskId task = default)
    {
        PageSignature signature = new((uint)Mm.Value, 0, page);
        Assert.Equal(FaultResult.Done, Machine.Memories.TryWrite(task, Mm, page, signature));
        _written[page] = signature;
    }

    public void Drop(long page)
    {
        Assert.Equal(1, Machine.Mms.Discard(Me, Mm, page, 1));
        _written.Remove(page);
    }

    /// <summary>Fills so many pages and drops all but every n-th: each block keeps a few that move.</summary>
    public void Fragment(int pages, int keepEvery)
    {
        for (long page = 0; page < pages; page++) { Write(page); }
        Settle();
        for (long page = 0; page < pages; page++)
        {
            if (page % keepEvery != 0) { Drop(page); }
        }
        Settle();
    }

    public void Settle()
    {
        Machine.Drain.DrainAll(Me);
        Allocator.DrainAll(Me);
    }

    public Pfn PfnOf(long page)
    {
        PteSlot slot = Machine.Tables.Find(Machine.Mms.RootOf(Mm), page);
        return slot.IsNone || Machine.Tables.Read(slot) is not { IsPresent: true } pte ? Pfn.None : pte.Pfn;
    }

    public int WholeBlocks()
    {
        Settle();
        return Allocator.WhollyFreeBlocksAtRest();
    }

    /// <summary>Every page still has what was written to it, and the machine is sound: frames conserved, lists whole, nothing isolated or left behind.</summary>
    public void AssertIntact(long alsoLive = 0)
    {
        foreach ((long page, PageSignature expected) in _written)
        {
            Assert.Equal(FaultResult.Done, Machine.Memories.TryRead(Me, Mm, page, out PageSignature found, out bool intact));
            Assert.True(intact);
            Assert.Equal(expected, found);
        }
        Settle();
        List<string> problems = [];
        Allocator.AuditAtRest((kind, text) => problems.Add($"{kind}: {text}"));
        Compaction.AuditAtRest((kind, text) => problems.Add($"{kind}: {text}"));
        Machine.Balloon.AuditAtRest((kind, pfn, text) => problems.Add($"{kind} pfn 0x{pfn:x}: {text}"));
        Machine.Lru.AuditAtRest((kind, pfn, text) => problems.Add($"{kind} pfn 0x{pfn:x}: {text}"));
        Machine.Waiters.AuditAtRest((kind, text) => problems.Add($"{kind}: {text}"));
        Assert.Empty(problems.Take(5));
        Assert.Empty(Allocator.BadPages);
        Assert.Equal(0, Sum(EventCounter.NrIsolatedAnon));
        Assert.Equal(Frames, Allocator.FreeFramesAtRest() + _written.Count + Machine.Balloon.Pages + alsoLive);
        Assert.Equal(Frames - Allocator.FreeFramesAtRest(), Sum(EventCounter.PgAlloc) - Sum(EventCounter.PgFree));
    }

    /// <summary>Runs one thread a task and rethrows what one of them threw.</summary>
    public static void Run(int tasks, Action<TaskId> body) => Allocation.AllocatorRig.Run(tasks, body);

    public void Dispose() => Machine.Dispose();
}
