using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Perf;

/// <summary>An engine with everything free, task n on CPU n.</summary>
internal sealed class EngineRig : IDisposable
{
    private const int BytesPerFrame = 80;
    private const int BytesBesides = 16 << 20;
    private const int HugePagesFrom = 1 << 18; // as the machine does it

    private readonly Arena _arena;

    public EngineRig(int frames, int tasks = 1, WaitOptions? waiting = null)
    {
        _arena = new Arena(((long)frames * BytesPerFrame) + BytesBesides, hugePages: frames >= HugePagesFrom);
        Table = new FrameTable(_arena, frames);
        CpuSlots cpus = new(_arena, tasks, tasks);
        Events = new EventCounters(_arena, tasks);
        Allocator = new FrameAllocator(_arena, Table, cpus, Events, new AllocatorOptions());
        Waiters = new WaitTable(_arena, Table, cpus, Events, waiting ?? new WaitOptions());
        Locks = new FolioLock(Table, Waiters, Events);
        for (int task = 0; task < tasks; task++) { cpus.Place(new TaskId(task), new CpuId(task)); }
        Allocator.FreeRangeAtRest(new Pfn(0), frames);
    }

    public FrameTable Table { get; }

    public FrameAllocator Allocator { get; }

    public EventCounters Events { get; }

    public WaitTable Waiters { get; }

    public FolioLock Locks { get; }

    public void Dispose() => _arena.Dispose();
}
