using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>B5: what a thread keeps of its rate when another one does the same in a region of its own.</summary>
internal sealed class ScalingBar(Stage stage) : Bar
{
    private const double LimitOfRate = 0.95;

    private readonly List<(Subject Subject, Subject Other)> _subjects = [];

    public override string Id => "B5";

    public override string What => "1 to 2 threads, separate regions: rate of a thread";

    public override bool TakesTwo => true;

    // Each thread's loop is run alone too, where it runs beside the other one: two CPUs are not always equally fast, and neither is memory.
    public override void Enter(Contest contest)
    {
        Add("order-0 alloc+free", w => w.Order0Free);
        Add("order-9 alloc+free", w => w.Order9Free);
        Add("folio lock+unlock", w => w.LockUnlock);
        AddBulk("order-0 bulk get", w => w.BulkGet);
        AddBulk("order-0 bulk free", w => w.BulkFree);

        (Subject Subject, Subject Other) Add(string name, Func<Worker, Action<int>> loop)
        {
            Side other = new(loop(stage.Two));
            _subjects.Add((contest.Enter(name, loop(stage.One), other.Loop, Turns.AloneAndBoth), contest.Enter(name + ", the other CPU", stage.Bench.OnPartner(other), other)));
            return _subjects[^1];
        }

        void AddBulk(string name, Func<Worker, Action<int>> loop)
        {
            (Subject subject, Subject other) = Add(name, loop);
            subject.WithSlices(BulkBar.Slice, stage.Bulk / BulkBar.Slice);
            other.WithSlices(BulkBar.Slice, stage.Bulk / BulkBar.Slice);
        }
    }

    public override IReadOnlyList<Check> Judge(Contest contest) => [.. _subjects.Select(s => Check.Efficiency(s.Subject.Name, s.Subject, s.Other, LimitOfRate))];
}
