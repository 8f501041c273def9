using System.Globalization;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>What comes before all else when the order of the operations was observed somewhere.</content>
internal sealed partial class Session
{
    private const double ObservedPart = 0.2;

    // The observed order, and runs near it. Where they show what is wanted nothing else is searched.
    private ExplorationResult FromObserved(IReadOnlyList<int> order)
    {
        SearchCounts near = new();
        ObservedWalk walk = new(_runner, near, _options.Seed, order);
        walk.Search(1, Expired);
        ViolationKind[] atOnce = [.. near.Found.Keys];
        TimeSpan until = _options.Time * ObservedPart;
        bool Ends() => _clock.Elapsed >= until || _options.Wanted.Any(near.Found.ContainsKey);
        if (!Ends()) { walk.Search(long.MaxValue, Ends); }
        string words = string.Create(CultureInfo.InvariantCulture, $"the observed order{(atOnce.Length == 0 ? string.Empty : $" (shows {string.Join(", ", atOnce)})")} and {near.Executions - 1:n0} runs near it");
        if (near.Found.Count == 0) { return Beside(Auto(Search()), near, words); }
        return Result(false, "sampled", null, near) with { Besides = words };
    }
}
