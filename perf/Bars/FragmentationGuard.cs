using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>G3: the speed of B1 and B2 must not be bought by scattering. Every seed has to pass.</summary>
internal sealed class FragmentationGuard(Bench bench) : Bar
{
    private readonly Fragmented[] _half = new Fragmented[Fragmentation.Seeds];
    private readonly Fragmented[] _freed = new Fragmented[Fragmentation.Seeds];

    public override string Id => "G3";

    public override string What => "wholly free blocks of 4,096 after ten rounds, the worst of 5 seeds";

    public override bool IsCount => true;

    public override void Enter(Contest contest)
    {
    }

    public override void MeasureBesides(Contest contest)
    {
        if (bench.Partner is { } partner)
        {
            partner.RunBoth(HalfFilled, HalfFreed, Fragmentation.Seeds);
            return;
        }
        HalfFilled(Fragmentation.Seeds);
        HalfFreed(Fragmentation.Seeds);
    }

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        new Check("filled from empty to half", "blocks", _half.Min(f => f.AfterRoundTen), Fragmentation.HalfFreeMin)
        {
            AtLeast = true,
            Stretch = Fragmentation.HalfFreeStretch,
        },
        new Check($"filled wholly, a random half freed (stretch: 1,000 after round 3; now {_freed.Min(f => f.AfterRoundThree)})", "blocks", _freed.Min(f => f.AfterRoundTen), Fragmentation.HalfFreedMin)
        {
            AtLeast = true,
        },
    ];

    private void HalfFilled(int seeds)
    {
        for (int seed = 1; seed <= seeds; seed++) { _half[seed - 1] = Fragmentation.FilledToHalf(seed); }
    }

    private void HalfFreed(int seeds)
    {
        for (int seed = 1; seed <= seeds; seed++) { _freed[seed - 1] = Fragmentation.FilledWhollyAndHalfFreed(seed); }
    }
}
