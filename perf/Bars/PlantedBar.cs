using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>A bar whose outcome is known: a loop as long as the raw RMW's, run so many times, against one.</summary>
internal sealed class PlantedBar(Action<int> loop, int times) : Bar
{
    private const double LimitInRmw = 1.15;

    private Subject _subject = null!;

    public override string Id => "planted";

    public override string What => "RMW";

    public override void Enter(Contest contest) => _subject = contest.Enter("planted RMW", Loop, Loop);

    public override IReadOnlyList<Check> Judge(Contest contest) => [Check.InRmw("to one RMW", _subject, contest, LimitInRmw)];

    private void Loop(int n)
    {
        for (int i = 0; i < times; i++) { loop(n); }
    }
}
