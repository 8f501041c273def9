namespace MemCore.Lab.Soak;

/// <summary>How often and for how long the world was stopped. The coordinator's own.</summary>
internal sealed class PauseLog
{
    private double _sumMs;
    private double _maxMs;
    private long _violations;

    public int Count { get; private set; }

    public double LastMs { get; private set; }

    public AuditSummary Summary => new(Count, (int)Math.Min(_violations, int.MaxValue), Count == 0 ? 0 : _sumMs / Count, _maxMs);

    public void Add(TimeSpan pause, long violations)
    {
        Count++;
        LastMs = pause.TotalMilliseconds;
        _sumMs += LastMs;
        _maxMs = Math.Max(_maxMs, LastMs);
        _violations += violations;
    }
}
