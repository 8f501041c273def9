using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>One kind of violation as a search met it: how often, and the run with the fewest preemptions, then steps, that shows it.</summary>
internal sealed class Found(ViolationKind kind)
{
    public ViolationKind Kind { get; } = kind;

    public long Count { get; private set; }

    public string Text { get; private set; } = string.Empty;

    public string Where { get; private set; } = string.Empty;

    public int Preemptions { get; private set; } = int.MaxValue;

    public short[] Decisions { get; private set; } = [];

    /// <summary>A smaller run of the same kind, once somebody looked for one.</summary>
    public Shrunk? Shrunk { get; set; }

    /// <summary>The short trace of the run that is shown: the shrunk one if there is one.</summary>
    public string? Trace { get; set; }

    /// <summary>Counts a run that shows the kind, and keeps it when it is the smallest so far.</summary>
    public void Add(Runner runner, ReadOnlySpan<short> decisions, int preemptions)
    {
        Count++;
        if (IsSmaller(preemptions, decisions.Length)) { Keep(decisions.ToArray(), preemptions, runner.ViolationText, runner.ViolationWhere); }
    }

    /// <summary>Counts runs that show the kind and were not kept.</summary>
    public void Repeat(long runs) => Count += runs;

    /// <summary>Adds what another search found of the same kind.</summary>
    public void Add(Found other)
    {
        Count += other.Count;
        if (IsSmaller(other.Preemptions, other.Decisions.Length)) { Keep(other.Decisions, other.Preemptions, other.Text, other.Where); }
    }

    private bool IsSmaller(int preemptions, int length) =>
        preemptions < Preemptions || (preemptions == Preemptions && length < Decisions.Length);

    private void Keep(short[] decisions, int preemptions, string text, string where)
    {
        Preemptions = preemptions;
        Decisions = decisions;
        Text = text;
        Where = where;
    }
}
