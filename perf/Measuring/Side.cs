namespace MemCore.Perf.Measuring;

/// <summary>What one thread does in a slice.</summary>
/// <param name="Loop">Runs its operation so many times; this is what is timed.</param>
/// <param name="Before">Makes ready for a slice of so many operations, outside the time.</param>
/// <param name="After">Takes back what the slice left behind, outside the time.</param>
internal sealed record Side(Action<int> Loop, Action<int>? Before = null, Action<int>? After = null);
