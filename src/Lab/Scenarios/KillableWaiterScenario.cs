using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>A waiter is chosen by an unlock and killed at the same moment. Reference, section 3.7.</summary>
/// <remarks>
/// The unlock spends its one exclusive wake on a task that leaves without the lock. As upstream reads it hands nothing on; the engine
/// walks the queue again. The folio is locked at the start, a killer comes at any moment, and behind the killable waiter another waits.
/// </remarks>
internal sealed class KillableWaiterScenario : Scenario
{
    private static readonly WaitOptions s_passesOn = new() { Buckets = 1, Unfairness = 1 };
    private static readonly WaitOptions s_upstream = s_passesOn with { PassWakeOn = false };

    public override string Slug => "killable-waiter";

    public override string Question => "Can an exclusive waiter that is killed swallow the wake-up that was meant for the one behind it?";

    public override string Origin => "migration-and-folio-lock 3.7";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Upstream("upstream-exclusive", "KW-1", "since 5.9 as read: the wake goes to a task that returns -EINTR, and the locker behind it sleeps beside a free lock", Behind.Locker),
        Upstream("upstream-shared", "KW-2", "the walk stops at the exclusive waiter: who waits behind it for the unlock is not woken either", Behind.Shared),
        Upstream("upstream-put-and-wait", "KW-3", "001-V13: the same for one that has put its reference", Behind.PutAndWait),
        Sound("upstream-hand-off", "KW-4", "accepted", "with hand-off to be chosen is to own the lock, so there is nothing to swallow (strict form, 5.9-rc)", Behind.Locker, s_upstream with { Unfairness = 0 }),
        Sound("upstream-not-killed", "KW-5", "accepted", "without a signal the same protocol loses nothing", Behind.Locker, s_upstream, killed: false),
        Sound("passes-on-exclusive", "KW-6", "ours", "a chosen waiter that gives up walks the queue once more", Behind.Locker, s_passesOn),
        Sound("passes-on-shared", "KW-7", "ours", "the same with one behind it that only waits for the unlock", Behind.Shared, s_passesOn),
        Sound("passes-on-put-and-wait", "KW-8", "ours", "the same with one that has put its reference", Behind.PutAndWait, s_passesOn),
        Sound("passes-on-hand-off", "KW-9", "ours", "the same with strict hand-off", Behind.Locker, s_passesOn with { Unfairness = 0 }),
        new()
        {
            Slug = "cancel-swallows-wake", Id = "KW-6a", Status = "strawman", Because = "the wake that is not passed on", Preemptions = 3,
            Planted = PlantedBug.CancelSwallowsWake, Sometimes = [ViolationKind.LostWake], Build = _ => new Killed(Behind.Locker, s_passesOn, killed: true),
        },
        new()
        {
            Slug = "waiters-cleared-early", Id = "KW-6b", Status = "strawman", Because = "the walk of the one that gave up clears Waiters over those still queued", Preemptions = 1,
            Planted = PlantedBug.WaitersClearedTooEarly, Sometimes = [ViolationKind.LostWake], Build = _ => new Killed(Behind.Locker, s_passesOn, killed: true, lockers: 2),
        },
    ];

    private enum Behind
    {
        Locker,
        Shared,
        PutAndWait,
    }

    private static Variant Upstream(string slug, string id, string because, Behind behind) => new()
    {
        Slug = slug,
        Id = id,
        Status = "accepted",
        Because = because,
        DecidedHere = true,
        Preemptions = 3,
        Sometimes = [ViolationKind.LostWake],
        Build = _ => new Killed(behind, s_upstream, killed: true),
    };

    private static Variant Sound(string slug, string id, string status, string because, Behind behind, WaitOptions options, bool killed = true) => new()
    {
        Slug = slug,
        Id = id,
        Status = status,
        Because = because,
        DecidedHere = status != "ours",
        Preemptions = 3,
        Build = _ => new Killed(behind, options, killed),
    };

    private sealed class Killed : LockMachine
    {
        public Killed(Behind behind, WaitOptions options, bool killed, int lockers = 1)
            : base(options, behind == Behind.PutAndWait ? 3 : 2 + lockers)
        {
            Lock.Lock(new TaskId(0), P);
            Add("owner", Op("unlock", task => Lock.Unlock(task, P)));
            Add("killable", Op("lock killable", task =>
            {
                if (Lock.LockKillable(task, P) != WaitResult.Done) { return; }
                Inside(task, P);
                Lock.Unlock(task, P);
            }), Op("clear", task => Lock.ClearCancel(task)));
            for (int i = 0; i < lockers; i++)
            {
                Add(lockers == 1 ? "behind" : $"behind {i}", behind switch
                {
                    Behind.Locker => Op("lock, change, unlock", task => LockInsideUnlock(task, P)),
                    Behind.Shared => Op("wait", task => Lock.WaitUnlocked(task, P)),
                    _ => Op("put and wait", task => Lock.PutAndWait(task, P, this)),
                });
            }
            if (killed) { Add("killer", Op("kill", _ => Lock.Cancel(new TaskId(1)))); }
        }
    }
}
