namespace MemCore.Lab.Exploration;

/// <summary>What the runner asks at each point: the search, a replay, a random walk.</summary>
internal interface IDecider
{
    /// <summary>Picks who performs the next access, or whose oldest buffered store goes to memory. Negative: end the run here.</summary>
    /// <param name="current">Who performed the last one.</param>
    /// <param name="enabled">One bit per actor that can run, and from <see cref="Runner.FirstBuffer"/> on one per buffer; never 0.</param>
    int Pick(int current, uint enabled);

    /// <summary>Picks the value of a free choice of the current actor.</summary>
    int Choose(int current, int count);
}
