namespace MemCore.Lab.Exploration;

/// <summary>How often a search between two of its runs asks whether its time is over: often enough for long runs, seldom for short ones.</summary>
internal struct Pace(Func<bool> expired)
{
    private const int Runs = 64;
    private const long Steps = 16_384;

    private int _runs;
    private long _askedAt;

    /// <summary>True: the time is over. Asked before each run.</summary>
    /// <param name="steps">Of the runner so far.</param>
    public bool IsOver(long steps)
    {
        if (++_runs < Runs && steps - _askedAt < Steps) { return false; }
        _runs = 0;
        _askedAt = steps;
        return expired();
    }
}
