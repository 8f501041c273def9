namespace MemCore.Lab.Exploration;

/// <summary>Which strategy can search which memory model, with and without race detection.</summary>
internal static class Modes
{
    /// <exception cref="LabException">The combination would claim what it cannot.</exception>
    public static void Require(ExplorationOptions options, ExplorationModel model)
    {
        if (WhyNot(options, model) is { } reason) { throw new LabException(reason); }
    }

    /// <summary>A space is another one with store buffers, with plain accesses as scheduling points, or when it is a part.</summary>
    public static string Name(string space, ExplorationOptions options) =>
        (options.Memory == MemoryModel.Tso ? $"{space} tso" : options.Races ? $"{space} races" : space)
        + (options.Shard is { } part ? $" {part}" : string.Empty);

    /// <summary>What is wrong with a combination for this model, in one line; null: nothing.</summary>
    public static string? WhyNot(ExplorationOptions options, ExplorationModel model)
    {
        if (model.Actors.Count is 0 or > Runner.FirstBuffer) { return $"a model has 1 to {Runner.FirstBuffer} actors, this one has {model.Actors.Count}"; }
        return options.Strategy == Strategy.Traces && !options.Livelock && model.History is not null
            ? "a history tells orders apart that a search of traces takes for one: search states, or up to a bound"
            : WhyNot(options);
    }

    /// <summary>What is wrong with a combination, in one line; null: nothing.</summary>
    public static string? WhyNot(ExplorationOptions options)
    {
        if (options.PreemptionsMax < 0) { return "a bound of preemptions is not negative"; }
        if (options.Exact && options.Races)
        {
            return "states are not compared in full with clocks of the race detector in them: choose one of exact states and race detection";
        }
        if (options.Shard is not null && options.Strategy is not (Strategy.Auto or Strategy.Dfs))
        {
            return "only a bounded search is dealt out in parts: choose auto or dfs";
        }
        if (options.Memory == MemoryModel.Tso && options.Races)
        {
            return "races are looked for in sequentially consistent interleavings: choose one of store buffers and race detection";
        }
        if (options.Strategy != Strategy.Traces) { return null; }
        if (options.Memory == MemoryModel.Tso) { return "the search for traces does not know store buffers: choose dfs, states or a random strategy"; }
        return options.Races ? "the search for traces runs no race detector: choose dfs, states or a random strategy" : null;
    }
}
