using System.Diagnostics;
using System.Globalization;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>One exploration: the searches that its strategy consists of, on one runner and one clock.</summary>
internal sealed partial class Session
{
    private readonly ExplorationModel _model;
    private readonly ExplorationOptions _options;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly SearchCounts _counts = new();
    private readonly Runner _runner;

    public Session(ExplorationModel model, ExplorationOptions options)
    {
        _model = model;
        _options = options;
        Modes.Require(options, model);
        _runner = RunnerFor(model, options);
        if (options is { Memory: MemoryModel.SequentiallyConsistent, Races: false, PlainPoints: false }) { _runner.LearnPrograms(); }
    }

    /// <summary>A runner with all that the options say about a single run.</summary>
    public static Runner RunnerFor(ExplorationModel model, ExplorationOptions options, IReadOnlyCollection<Omission>? without = null) => options.OnThreads
        ? new RunnerOnThreads(model, without)
        {
            RunPointsMax = options.RunPointsMax,
            Memory = options.Memory,
            Races = options.Races,
            PlainPoints = options.PlainPoints,
        }
        : new Runner(model, without)
        {
            RunPointsMax = options.RunPointsMax,
            Memory = options.Memory,
            Races = options.Races,
            PlainPoints = options.PlainPoints,
        };

    /// <summary>Searches as the strategy says. Once.</summary>
    public ExplorationResult Run() => _options.Livelock ? Graph() : ByStrategy();

    private ExplorationResult ByStrategy() => _options.Strategy switch
    {
        Strategy.Random => Sampled(new RandomWalk(_runner, _counts, _options.Seed)),
        Strategy.Uniform => Sampled(new UniformWalk(_model, _runner, _counts, _options.Seed)),
        Strategy.Pct => Sampled(new PctSearch(_runner, _counts, _options.Seed)),
        Strategy.Dfs => Bounded(Search()),
        Strategy.States => States(Search()),
        Strategy.Traces => Traces(),
        _ => _options.Observed is { } order ? FromObserved(order) : Auto(Search()),
    };

    private DepthFirstSearch Search() => new(_runner, _options.Prune, _options.Exact ? new ExactStates() : null) { Shard = _options.Shard };

    private ExplorationResult Sampled(RandomSearch search)
    {
        // The last tenth is for shrinking what was found.
        search.Search(long.MaxValue, () => Expired() || (_counts.Found.Count > 0 && _clock.Elapsed >= _options.Time * 0.9));
        return Result(false, "sampled", null, _counts);
    }

    private ExplorationResult Bounded(DepthFirstSearch search)
    {
        int reached = -1;
        for (int bound = 0; bound <= _options.PreemptionsMax && (bound == 0 || !Expired()) && search.Search(bound, _counts, Expired); bound++)
        {
            reached = search.Bounded ? bound : _options.PreemptionsMax;
            if (!search.Bounded) { break; }
        }
        int named = Math.Max(reached, 0);
        return Result(reached == _options.PreemptionsMax, $"schedules<={named}", named, _counts);
    }

    private ExplorationResult States(DepthFirstSearch search)
    {
        bool ended = search.Search(-1, _counts, Expired);
        return Result(ended, "states", null, _counts);
    }

    private ExplorationResult Graph()
    {
        LivelockReport report = new GraphSearch(_model, _runner) { StopsAtLivelock = _options.Wanted.Contains(ViolationKind.Livelock) }
            .Search(_counts, Expired, out bool complete);
        return Result(complete, "states", null, _counts) with { Livelock = report };
    }

    private ExplorationResult Traces()
    {
        bool ended = new TraceSearch(_runner) { FirstOnly = _options.FirstOnly }.Search(_counts, Expired);
        return Result(ended, "traces", null, _counts);
    }

    private ExplorationResult Auto(DepthFirstSearch search)
    {
        ExplorationResult bounded = Bounded(search);
        if (_options.Shard is not null) { return bounded; }
        if (_counts.Found.Count > 0 && (_options.Wanted.Count == 0 || _options.Observed is not null || _options.Wanted.Any(_counts.Found.ContainsKey))) { return bounded; }
        if (_options.Wanted.Count > 0) { return Sampled(search, bounded, _options.Time); }
        if (!bounded.Complete) { return bounded; }

        // Counts of its own: those of a search that ended are the same in every run, those of one that did not are noise.
        TimeSpan began = _clock.Elapsed;
        bool Until(SearchCounts counts, double part) => Expired() || EndsWith(counts) || _clock.Elapsed - began >= _options.UnboundedTime * part;
        SearchCounts states = new();
        if (search.Search(-1, states, () => Until(states, 0.4))) { return InAll(Result(true, "states", null, states), bounded); }
        bounded = Beside(bounded, states, string.Create(CultureInfo.InvariantCulture, $"states without bound, about {states.Fraction * 100:g3} % of them"));
        if (EndsWith(states)) { return bounded; }
        if (_model.History is null && Modes.WhyNot(_options with { Strategy = Strategy.Traces }) is null)
        {
            SearchCounts traces = new();
            if (new TraceSearch(_runner) { FirstOnly = _options.FirstOnly }.Search(traces, () => Until(traces, 0.8))) { return InAll(Result(true, "traces", null, traces), bounded); }
            bounded = Beside(bounded, traces, string.Create(CultureInfo.InvariantCulture, $"traces without bound, about {traces.Fraction * 100:g3} % of them"));
            if (EndsWith(traces)) { return bounded; }
        }
        return Sampled(search, bounded, began + _options.UnboundedTime);
    }

    private static ExplorationResult InAll(ExplorationResult result, ExplorationResult before) =>
        result with { ExecutionsInAll = before.ExecutionsInAll + result.Counts.Executions, StepsInAll = before.StepsInAll + result.Counts.Steps };

    // Random strategies and deeper bounds in turns, until one of the wanted kinds shows or the time is over.
    private ExplorationResult Sampled(DepthFirstSearch search, ExplorationResult bounded, TimeSpan until)
    {
        Portfolio portfolio = new(_model, _runner, search, bounded.Bound!.Value + 1, _options.Seed);
        portfolio.Search(() => Expired() || EndsWith(portfolio.Counts) || _clock.Elapsed >= until, _options.Wanted);
        return portfolio.Counts.Executions == 0 ? bounded : Beside(bounded, portfolio.Counts, $"slices of {portfolio.Slices}");
    }

    private ExplorationResult Beside(ExplorationResult bounded, SearchCounts other, string words)
    {
        ViolationKind[] beyond = [.. other.Found.Keys.Where(kind => !bounded.Counts.Found.ContainsKey(kind))];
        bounded.Counts.Merge(other);
        return bounded with
        {
            Beyond = [.. bounded.Beyond, .. beyond],
            ExecutionsInAll = bounded.ExecutionsInAll + other.Executions,
            StepsInAll = bounded.StepsInAll + other.Steps,
            Besides = bounded.Besides.Length == 0 ? words : $"{bounded.Besides}; {words}",
            Seconds = _clock.Elapsed.TotalSeconds,
        };
    }

    private bool Expired() => _clock.Elapsed >= _options.Time || EndsWith(_counts);

    private bool EndsWith(SearchCounts counts) => _options.FirstOnly && counts.Found.Count > 0;

    private ExplorationResult Result(bool complete, string space, int? bound, SearchCounts counts) =>
        new(complete, Modes.Name(space, _options), bound, counts, _clock.Elapsed.TotalSeconds);
}
