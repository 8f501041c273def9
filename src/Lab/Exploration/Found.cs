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

    /// <summary>Counts a run that shows the kind, and keeps it when it is the smallest so far.</summary>
    public void Add(Runner runner, ReadOnlySpan<short> decisions, int preemptions)
    {
        Count++;
        if (preemptions > Preemptions || (preemptions == Preemptions && decisions.Length >= Decisions.Length)) { return; }
        Preemptions = preemptions;
        Decisions = decisions.ToArray();
        Text = runner.ViolationText;
        Where = runner.ViolationWhere;
    }
}
