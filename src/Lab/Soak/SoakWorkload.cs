using MemCore.Audit;

namespace MemCore.Lab.Soak;

/// <summary>One task's share of a workload. Used by its worker alone, on the worker's thread.</summary>
internal abstract class SoakWorkload(SoakWorker worker)
{
    /// <summary>Operations in one step; between steps the worker looks whether it is wanted.</summary>
    public const int StepOperations = 64;

    protected SoakWorker Worker { get; } = worker;

    protected SoakWorld World { get; } = worker.World;

    /// <summary>A few dozen operations. Begins and ends with no lock held and no wait under way.</summary>
    public abstract void Step();

    /// <summary>Says what the task holds, for an audit.</summary>
    public abstract void ShowHoldings(List<HeldFolio> holdings);

    /// <summary>Gives everything back.</summary>
    public abstract void Drain();
}
