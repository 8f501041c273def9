using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>B5: what a thread keeps of its rate when another one does the same in a region of its own.</summary>
internal sealed class ScalingBar(Stage stage) : Bar
{
    private const double LimitOfRate = 0.95;

    private readonly List<Subject> _subjects = [];

    public override string Id => "B5";

    public override string What => "1 to 2 threads, separate regions: rate of a thread";

    public override void Enter(Contest contest)
    {
        Add("order-0 alloc+free", w => w.Order0Free);
        Add("order-9 alloc+free", w => w.Order9Free);
        Add("folio lock+unlock", w => w.LockUnlock);
        Add("order-0 bulk get", w => w.BulkGet).WithSlices(BulkBar.Slice, stage.Bulk / BulkBar.Slice);
        Add("order-0 bulk free", w => w.BulkFree).WithSlices(BulkBar.Slice, stage.Bulk / BulkBar.Slice);

        Subject Add(string name, Func<Worker, Action<int>> loop)
        {
            Subject subject = contest.Enter(name, loop(stage.One), loop(stage.Two), Turns.AloneAndBoth);
            _subjects.Add(subject);
            return subject;
        }
    }

    public override IReadOnlyList<Check> Judge(Contest contest) => [.. _subjects.Select(s => Check.Efficiency(s.Name, s, LimitOfRate))];
}
