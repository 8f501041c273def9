using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>Destinations from the free scanner: compaction_alloc and compaction_free. Between rounds a task's list is empty.</summary>
/// <remarks>The list links free frames: taken out of the allocator, without a life, and nobody else's. Everything is the task's own.</remarks>
internal sealed class CompactionTarget : IMigrationTarget
{
    private const int WordsPerTask = 3;
    private const int ZoneWord = 0;
    private const int WantedWord = 1; // destinations that a refill may bring
    private const int ExhaustedWord = 2;

    private readonly FrameTable _frames;
    private readonly FrameAllocator _allocator;
    private readonly FreeScanner _scanner;
    private readonly FolioLists _free;
    private readonly Column<int> _words; // a row for each task, written by it alone

    public CompactionTarget(EngineBase engine, FolioLinks links, FrameAllocator allocator, FreeScanner scanner)
    {
        _frames = engine.Frames;
        _allocator = allocator;
        _scanner = scanner;
        _free = new FolioLists(engine, links, "compact_free", engine.Cpus.Tasks);
        _words = engine.Arena.Add<int>("compact_target", engine.Cpus.Tasks * WordsPerTask, ColumnKind.State);
    }

    /// <summary>Begins a round of <paramref name="pages"/> sources. Ends with <see cref="End"/>.</summary>
    public void Begin(TaskId task, int zone, int pages)
    {
        Set(task, ZoneWord, zone);
        Set(task, WantedWord, pages);
    }

    public Pfn Allocate(TaskId task, Pfn source)
    {
        if (Atomic.Fails(FaultPoint.AllocationRefused)) { return Pfn.None; }
        FolioList list = _free[task.Value];
        while (true)
        {
            Pfn free = list.PopFirst();
            if (free.IsNone)
            {
                if (_scanner.Refill(task, Get(task, ZoneWord), Math.Max(Get(task, WantedWord), 1), list) != 0) { continue; }
                Set(task, ExhaustedWord, 1);
                return Pfn.None;
            }
            Set(task, WantedWord, Get(task, WantedWord) - 1);
            if (_allocator.TryUse(task, free)) { return free; }
        }
    }

    public void Free(TaskId task, Pfn target)
    {
        // Somebody may have taken a passing reference: then it is up to him to free the frame.
        if (!_frames.Ref(target).PutTestZero()) { return; }
        if (_allocator.TryUnuse(task, target)) { _free[task.Value].AddHead(target); }
    }

    /// <summary>Gives back what was not used. True: destinations ran out, since the scanners meet.</summary>
    public bool End(TaskId task)
    {
        FolioList list = _free[task.Value];
        for (Pfn free = list.PopFirst(); !free.IsNone; free = list.PopFirst()) { _allocator.GiveFree(task, free); }
        bool exhausted = Get(task, ExhaustedWord) != 0;
        Set(task, ZoneWord, 0);
        Set(task, WantedWord, 0);
        Set(task, ExhaustedWord, 0);
        return exhausted;
    }

    /// <summary>Frames on the task's list: none between rounds.</summary>
    public int LeftAtRest(TaskId task) => _free[task.Value].Count;

    private int Get(TaskId task, int word) => Atomic.PlainLoad(ref _words[(task.Value * WordsPerTask) + word]);

    private void Set(TaskId task, int word, int value) => Atomic.PlainStore(ref _words[(task.Value * WordsPerTask) + word], value);
}
