namespace MemCore.Lab.Exploration;

/// <summary>Which strategy can search which memory model, with and without race detection.</summary>
internal static class Modes
{
    /// <exception cref="LabException">The combination would claim what it cannot.</exception>
    public static void Require(ExplorationOptions options)
    {
        if (WhyNot(options) is { } reason) { throw new LabException(reason); }
    }

    /// <summary>A space is another one with store buffers, or with plain accesses as scheduling points.</summary>
    public static string Name(string space, ExplorationOptions options) =>
        options.Memory == MemoryModel.Tso ? $"{space} tso" : options.Races ? $"{space} races" : space;

    /// <summary>What is wrong with a combination, in one line; null: nothing.</summary>
    public static string? WhyNot(ExplorationOptions options)
    {
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
