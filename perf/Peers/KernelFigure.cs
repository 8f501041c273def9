namespace MemCore.Perf.Peers;

/// <summary>What the live kernel needs for one page; without <paramref name="Ns"/> the note says why it was not measured.</summary>
internal sealed record KernelFigure(double? Ns, double MinNs, double MaxNs, string Note)
{
    public static KernelFigure NotMeasured(string why) => new(null, 0, 0, why);

    /// <summary>The times are sorted in place.</summary>
    public static KernelFigure Of(double[] times, string note)
    {
        Array.Sort(times);
        return new KernelFigure(times[times.Length / 2], times[0], times[^1], note);
    }
}
