using MemCore.Audit;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Audit;

/// <summary>A healthy machine has no finding, at rest and while it is at work.</summary>
public sealed class BusyMachineTests : IDisposable
{
    private const int Tasks = 3;

    /// <summary>What 6000 random steps contain; if not, the machine was not busy.</summary>
    private static readonly EventCounter[] s_expected =
    [
        EventCounter.PgFault, EventCounter.CowCopied, EventCounter.ForkCopied, EventCounter.PageZapped, EventCounter.PinFast, EventCounter.PgMigrateSuccess,
        EventCounter.PgMigrateFail, EventCounter.LruPutback, EventCounter.LruActivated, EventCounter.BalloonMigrate, EventCounter.TlbHit, EventCounter.TlbPageFlush,
    ];

    private readonly AuditRig _rig = new(Tasks);

    [Fact]
    public void AMachineThatDoesABitOfEverythingHasNoFindingAtAnyPause()
    {
        int seed = Random.Shared.Next();
        BusyTask[] tasks = NewTasks(seed);
        Random turn = new(seed);
        for (int step = 1; step <= 6000; step++)
        {
            tasks[turn.Next(Tasks)].Step();
            if (step % 100 == 0) { AssertClean(tasks, $"seed {seed}, step {step}"); }
        }
        EventCounter[] never = [.. s_expected.Where(counter => _rig.Machine.Events.Sum(counter) == 0)];
        Assert.True(never.Length == 0, $"seed {seed}: never happened: {string.Join(", ", never)}");
    }

    [Fact]
    public void ALookAtAnyFolioWhileTasksRunFindsNothing()
    {
        int seed = Random.Shared.Next();
        BusyTask[] tasks = NewTasks(seed);
        OwnThread.RunAll(Tasks, t =>
        {
            Random rng = new(seed + (31 * t));
            for (int step = 0; step < 4000; step++)
            {
                tasks[t].Step();
                Assert.Null(_rig.Audit.Sample(new TaskId(t), new Pfn(rng.Next(AuditRig.FrameCount))));
            }
        });
        AssertClean(tasks, $"seed {seed}");
    }

    public void Dispose() => _rig.Dispose();

    private BusyTask[] NewTasks(int seed)
    {
        CacheId cache = _rig.Machine.Caches.Create(AuditRig.Me);
        return [.. Enumerable.Range(0, Tasks).Select(t => new BusyTask(_rig, new TaskId(t), seed + t, cache))];
    }

    private void AssertClean(BusyTask[] tasks, string about)
    {
        _rig.Held.Clear();
        foreach (BusyTask task in tasks) { task.Show(_rig.Held); }
        _rig.AssertClean(about);
    }
}
