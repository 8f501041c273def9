using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>One bar: what is measured against what, and the judgement.</summary>
/// <remarks>The subjects are built in <see cref="Enter"/>, measured by turns, and judged in <see cref="Judge"/>, all within one run.</remarks>
internal abstract class Bar : IDisposable
{
    public abstract string Id { get; }

    public abstract string What { get; }

    /// <summary>Its subjects share lines, so it means nothing while lines travel far.</summary>
    public virtual bool SharesLine => false;

    /// <summary>Nothing of it is a time, so a restless machine does not matter.</summary>
    public virtual bool IsCount => false;

    /// <summary>Builds what is measured. Called once.</summary>
    public abstract void Enter(Contest contest);

    /// <summary>What cannot be a slice is done here, after the contest.</summary>
    public virtual void MeasureBesides(Contest contest)
    {
    }

    public abstract IReadOnlyList<Check> Judge(Contest contest);

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what the bar made.</summary>
    protected virtual void Release()
    {
    }
}
