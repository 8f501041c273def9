using MemCore.Perf.Measuring;
using MemCore.Perf.Peers;

namespace MemCore.Perf.Bars;

/// <summary>What several bars use, each made when it is first asked for.</summary>
internal sealed class Stage(Bench bench, int frames) : IDisposable
{
    private EngineRig? _rig;
    private Worker? _one;
    private Worker? _two;
    private PagedRig? _cold;
    private KernelFigure? _compaction;

    public Bench Bench => bench;

    /// <summary>Frames of the engine; a bulk takes a quarter for each thread.</summary>
    public int Frames => frames;

    public int Bulk => frames / 4;

    public EngineRig Rig => _rig ??= new EngineRig(frames, tasks: 2);

    public Worker One => _one ??= new Worker(Rig, 0, Bulk);

    public Worker Two => _two ??= new Worker(Rig, 1, Bulk);

    /// <summary>Pages of 4 KiB whose contents are far more than any cache.</summary>
    public PagedRig Cold => _cold ??= new PagedRig(frames / 4, mapped: frames / 8, held: frames / 32);

    /// <summary>The live kernel's cost of a migrated page.</summary>
    public KernelFigure Compaction => _compaction ??= KernelCompaction.Measure();

    public void Dispose()
    {
        _one?.Dispose();
        _two?.Dispose();
        _rig?.Dispose();
        _cold?.Dispose();
    }
}
