namespace MemCore.Tests.Perf;

/// <summary>A clock that a measured loop moves itself, so that a figure is exact.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private double _ns;

    /// <summary>What an operation of <see cref="Loop"/> takes now.</summary>
    public double OperationNs { get; set; } = 5;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => (long)_ns;

    public void Loop(int operations) => _ns += operations * OperationNs;
}
