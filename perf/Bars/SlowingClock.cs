namespace MemCore.Perf.Bars;

/// <summary>A clock on which everything takes longer and longer: what a machine looks like that loses its CPU to others during a run.</summary>
internal sealed class SlowingClock : TimeProvider
{
    private const double GrowthOfRead = 1.0002;

    private double _factor = 1;
    private long _last = System.GetTimestamp();
    private double _now;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp()
    {
        long real = System.GetTimestamp();
        _now += (real - _last) * _factor;
        _last = real;
        _factor *= GrowthOfRead;
        return (long)_now;
    }
}
