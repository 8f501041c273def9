using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>B10: one mapped page of 4 KiB by the batch interface, isolation included.</summary>
internal sealed class MigrationBar(Stage stage) : Bar
{
    // 4,096 frames are 16 MiB; half of them mapped, and as many destinations go round.
    private const int WarmFrames = 1 << 12;
    private const int Slice = 256;
    private const int Slices = 8;
    private const double CopyShare = 1.15;
    private const double Rmws = 16;
    private const double KernelShare = 0.35;

    private readonly PagedRig _warm = new(WarmFrames, mapped: WarmFrames / 2, held: WarmFrames * 3 / 8);
    private Subject _warmCopy = null!;
    private Subject _warmMove = null!;
    private Subject _coldCopy = null!;
    private Subject _coldMove = null!;

    public override string Id => "B10";

    public override string What => "migration of a mapped 4 KiB folio, batch interface";

    public override void Enter(Contest contest)
    {
        Side none = new(_ => { });
        _warmCopy = Add("memcpy, 16 MiB set", _warm.Copy);
        _warmMove = Add("migrate, 16 MiB set", _warm.Migration);
        _coldCopy = Add("memcpy, cold random", stage.Cold.Copy);
        _coldMove = Add("migrate, cold random", stage.Cold.Migration);

        Subject Add(string name, Side side) => contest.Enter(name, side, none).WithSlices(Slice, Slices);
    }

    public override IReadOnlyList<Check> Judge(Contest contest)
    {
        return
        [
            ToCopy("set in the L3, to 1.15 memcpy and 16 RMW", _warmMove, _warmCopy),
            ToCopy("cold random pages, to 1.15 memcpy and 16 RMW", _coldMove, _coldCopy),
            ToKernel(),
        ];

        Check ToCopy(string what, Subject move, Subject copy) => Check.ByRound(what, move, copy, contest, CopyShare, Rmws);
    }

    protected override void Release() => _warm.Dispose();

    private Check ToKernel()
    {
        const string What = "cold random pages, to 0.35 of the live kernel's compaction, scanning included";
        return stage.Compaction.Ns is { } kernel
            ? Check.InNs(What, Times.Alone(_coldMove), KernelShare * kernel, kernel)
            : Check.NotMeasured(What, stage.Compaction.Note);
    }
}
