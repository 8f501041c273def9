using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>G2 without mlock: a first touch of an anonymous page against clearing the same cold page.</summary>
/// <remarks>The engine does not zero a page: it signs every line of it, which moves the same lines.</remarks>
internal sealed class FaultGuard(Stage stage) : Bar
{
    private const int Slice = 256;
    private const double ClearShare = 1.15;
    private const double Rmws = 10;

    private Subject _fault = null!;
    private Subject _clear = null!;

    public override string Id => "G2";

    public override string What => "fault path: alloc, fill, map (mlock is not built)";

    public override void Enter(Contest contest)
    {
        PagedRig rig = stage.Cold;
        Side none = new(_ => { });
        _fault = contest.Enter("fault of an anonymous page", rig.FaultIn, none).WithSlices(Slice, rig.Faults / Slice);
        _clear = contest.Enter("memset of the same cold page", rig.Clear, none).WithSlices(Slice, rig.Faults / Slice);
    }

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        Check.ByRound("fault, to 1.15 memset and 10 RMW", _fault, _clear, contest, ClearShare, Rmws),
    ];
}
