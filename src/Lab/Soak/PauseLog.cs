namespace MemCore.Lab.Soak;

/// <summary>How often and for how long the world was stopped. The coordinator's own.</summary>
internal sealed class PauseLog
{
    private int _pauses;
    private double _sumMs;
    private double _maxMs;
    private long _violations;

    public int Count { get; private set; }

    public double LastMs { get; private set; }

    public AuditSummary Summary => new(Count, (int)Math.Min(_violations, int.MaxValue), _pauses == 0 ? 0 : _sumMs / _pauses, _maxMs);

    /// <summary>A full audit, and how long it kept workers from their work; null when they had none.</summary>
    public void Add(TimeSpan? pause, long violations)
    {
        Count++;
        _violations += violations;
        if (pause is not { } stopped) { return; }
        _pauses++;
        LastMs = stopped.TotalMilliseconds;
        _sumMs += LastMs;
        _maxMs = Math.Max(_maxMs, LastMs);
    }
}
