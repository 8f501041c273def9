namespace CsCheck;

/// <summary>Counts and times per class name. Safe from any thread; blocks on its own lock.</summary>
internal sealed class Classes
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<double>> _microseconds = [];

    public void Add(string name, TimeSpan took)
    {
        lock (_lock)
        {
            if (!_microseconds.TryGetValue(name, out List<double>? times)) { _microseconds.Add(name, times = []); }
            times.Add(took.TotalMicroseconds);
        }
    }

    /// <summary>One line per class, the commonest first.</summary>
    public void Write(Action<string> writeLine)
    {
        lock (_lock)
        {
            if (_microseconds.Count == 0) { return; }
            int total = _microseconds.Values.Sum(times => times.Count);
            int width = Math.Max(5, _microseconds.Keys.Max(name => name.Length));
            writeLine($"| {"class".PadRight(width)} |      count |       % |    median us |       max us |");
            foreach ((string name, List<double> times) in _microseconds.OrderByDescending(c => c.Value.Count).ThenBy(c => c.Key, StringComparer.Ordinal))
            {
                times.Sort();
                writeLine(
                    $"| {name.PadRight(width)} | {times.Count,10:#,0} | {100.0 * times.Count / total,6:0.00}% "
                    + $"| {times[times.Count / 2],12:#,0.0} | {times[^1],12:#,0.0} |");
            }
        }
    }
}
