using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>What a search has done and found.</summary>
internal sealed class SearchCounts
{
    public long Executions { get; set; }

    public long Pruned { get; set; }

    public long CutOff { get; set; }

    /// <summary>Runs of a search for traces that turned out to repeat another one: not among the executions.</summary>
    public long Blocked { get; set; }

    /// <summary>Of the search that ran last: the share of the decisions that lies behind, each alternative weighted equally. 1: it came to its end.</summary>
    public double Fraction { get; set; } = 1;

    public long Steps { get; set; }

    public long States { get; set; }

    public int LongestRun { get; set; }

    public Dictionary<ViolationKind, Found> Found { get; } = [];

    /// <summary>Hashes of the states in which completed runs ended, where somebody wants to know whether a run came to a new one.</summary>
    public HashSet<ulong>? Ends { get; init; }

    /// <summary>Takes over what another search of the same model found; the rest of the counts stays this search's own.</summary>
    public void Merge(SearchCounts other)
    {
        foreach ((ViolationKind kind, Found found) in other.Found)
        {
            if (Found.TryGetValue(kind, out Found? mine)) { mine.Add(found); }
            else { Found.Add(kind, found); }
        }
    }

    /// <summary>Notes how a run ended.</summary>
    public void Note(Runner runner, RunEnd end, ReadOnlySpan<short> decisions, int preemptions)
    {
        Executions++;
        LongestRun = Math.Max(LongestRun, decisions.Length);
        switch (end)
        {
            case RunEnd.Pruned:
                Pruned++;
                break;
            case RunEnd.CutOff:
                CutOff++;
                break;
            case RunEnd.Completed:
                Ends?.Add(runner.ArenaHash.Low);
                break;
            case RunEnd.Violated:
                if (!Found.TryGetValue(runner.Violation, out Found? found))
                {
                    found = new Found(runner.Violation);
                    Found.Add(runner.Violation, found);
                }
                found.Add(runner, decisions, preemptions);
                break;
        }
    }
}
