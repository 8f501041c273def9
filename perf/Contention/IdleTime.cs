using System.Globalization;

namespace MemCore.Perf.Contention;

/// <summary>CPU time of the whole machine so far, as the OS accounts for it. Zeros where it does not say.</summary>
internal readonly record struct IdleTime(long Idle, long Total)
{
    private const string StatFile = "/proc/stat";
    private const int IdleField = 3;
    private const int IoWaitField = 4;

    public static IdleTime Now()
    {
        if (!File.Exists(StatFile)) { return default; }
        string[] fields = File.ReadLines(StatFile).First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        long[] ticks = [.. fields.Skip(1).Select(f => long.Parse(f, CultureInfo.InvariantCulture))];
        return new IdleTime(ticks[IdleField] + ticks[IoWaitField], ticks.Sum());
    }

    public double PercentSince()
    {
        IdleTime now = Now();
        return now.Total == Total ? 0 : 100.0 * (now.Idle - Idle) / (now.Total - Total);
    }
}
