using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Random strategies and deeper bounds in turns: whoever came to something new lately gets the next slice.</summary>
/// <remarks>
/// A slice is a number of steps, so that the seed decides all of a run but its end. New is a kind of violation or a state in which a run
/// ended. Each strategy gets a slice first; then the upper confidence bound over what its slices brought, the later ones counted higher.
/// </remarks>
internal sealed class Portfolio
{
    private const long SliceSteps = 200_000;
    private const double Fades = 0.7;

    private readonly Runner _runner;
    private readonly List<Part> _parts;
    private readonly DepthFirstSearch _search;
    private int _bound;
    private long _deeperSteps = SliceSteps;

    /// <param name="model">What is explored.</param>
    /// <param name="runner">At its initial state.</param>
    /// <param name="search">Of the same runner; at rest.</param>
    /// <param name="bound">The first bound that was not searched to its end.</param>
    /// <param name="seed">Of all draws.</param>
    public Portfolio(ExplorationModel model, Runner runner, DepthFirstSearch search, int bound, ulong seed)
    {
        _runner = runner;
        _search = search;
        _bound = bound;
        PctSearch pct = new(runner, Counts, seed);
        UniformWalk uniform = new(model, runner, Counts, seed + 1);
        RandomWalk walk = new(runner, Counts, seed + 2);
        _parts =
        [
            new Part("pct", stop => pct.Search(long.MaxValue, stop)),
            new Part("uniform", stop => uniform.Search(long.MaxValue, stop)),
            new Part("random", stop => walk.Search(long.MaxValue, stop)),
            new Part("deeper bounds", Deepen),
        ];
    }

    /// <summary>What all parts together did and found.</summary>
    public SearchCounts Counts { get; } = new() { Ends = [] };

    /// <summary>Slices that each part got, in words.</summary>
    public string Slices => string.Join(", ", _parts.Select(p => $"{p.Name} {p.Slices}"));

    /// <summary>Searches until <paramref name="expired"/>, or until one of <paramref name="wanted"/> was found.</summary>
    public void Search(Func<bool> expired, IReadOnlyList<ViolationKind> wanted)
    {
        int slices = 0;
        while (!expired() && !wanted.Any(Counts.Found.ContainsKey))
        {
            Part part = Next(++slices);
            int kinds = Counts.Found.Count;
            int ends = Counts.Ends!.Count;
            long until = _runner.Steps + (part == _parts[^1] ? _deeperSteps : SliceSteps);
            part.Search(() => _runner.Steps >= until || expired());
            part.Slices++;
            part.Brought = (part.Brought * Fades) + (Counts.Found.Count > kinds ? 1 : (Counts.Ends.Count - ends) / (1.0 + Counts.Ends.Count));
            part.Weight = (part.Weight * Fades) + 1;
        }
    }

    private Part Next(int slices)
    {
        Part best = _parts[0];
        double bestScore = double.NegativeInfinity;
        foreach (Part part in _parts)
        {
            double score = part.Slices == 0
                ? double.PositiveInfinity
                : (part.Brought / part.Weight) + Math.Sqrt(0.5 * Math.Log(slices) / part.Slices);
            if (score > bestScore) { (best, bestScore) = (part, score); }
        }
        return best;
    }

    // Begins again each time, with twice the steps when it did not come to its end: what is searched twice is less than half of all.
    private void Deepen(Func<bool> stop)
    {
        SearchCounts counts = new() { Ends = Counts.Ends };
        if (_search.Search(_bound, counts, stop)) { _bound++; }
        else { _deeperSteps *= 2; }
        Counts.Merge(counts);
        Counts.Executions += counts.Executions;
        Counts.Steps += counts.Steps;
    }

    private sealed class Part(string name, Action<Func<bool>> search)
    {
        public string Name { get; } = name;

        public Action<Func<bool>> Search { get; } = search;

        public int Slices { get; set; }

        public double Brought { get; set; }

        public double Weight { get; set; }
    }
}
