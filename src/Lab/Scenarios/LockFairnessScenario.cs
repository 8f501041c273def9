using MemCore.Lab.Exploration;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>Who gets a folio lock that is given back: the first in the queue, or whoever comes by. Reference, section 3.6.</summary>
/// <remarks>
/// I-32 is an oracle of the checked lock: a woken waiter that finds the lock taken counts it, and more than the permitted number is a
/// violation. A row that permits one less than the policy does shows that the number is reached; under "none" there is no such number.
/// </remarks>
internal sealed class LockFairnessScenario : Scenario
{
    private const int Unlimited = int.MaxValue;

    public override string Slug => "folio-lock-fairness";

    public override string Question => "How often can a waiter that was woken find the folio lock stolen?";

    public override string Origin => "migration-and-folio-lock 3.6";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("strict", "LF-1", "historical", "5.9-rc: the waker takes the bit for the waiter and it stays set: nobody can come between", 0, 0),
        Clean("bounded-once", "LF-2", "accepted", "a waiter that was robbed once demands the lock, and the next unlock hands it over", 1, 1),
        Clean("bounded-twice", "LF-3", "accepted", "the same with a budget of two", 2, 2),
        Robs("bounded-once-is-reached", "LF-2a", "strawman", "a woken waiter has no claim yet: who comes by is faster", 1, 0),
        Robs("bounded-twice-is-reached", "LF-3a", "strawman", "robbed waiters queue at the tail, and may be robbed again", 2, 1),
        Robs("none-once", "LF-4a", "historical", "up to 5.8: the first theft", Unlimited, 0),
        Robs("none-twice", "LF-4b", "historical", "the second; with more tasks that come by, more", Unlimited, 1),
        new()
        {
            Slug = "hand-off-drops-lock", Id = "LF-1a", Status = "strawman", Because = "a lock that is not set throughout can be taken by a third one", Preemptions = 3,
            Planted = PlantedBug.HandOffDropsLock, Sometimes = [ViolationKind.DoubleOwner, ViolationKind.ForeignUnlock], Build = _ => new Robbers(0, 0),
        },
    ];

    private static Variant Clean(string slug, string id, string status, string because, int unfairness, int permitted) =>
        new() { Slug = slug, Id = id, Status = status, Because = because, Preemptions = 4, Build = _ => new Robbers(unfairness, permitted) };

    private static Variant Robs(string slug, string id, string status, string because, int unfairness, int permitted) => new()
    {
        Slug = slug,
        Id = id,
        Status = status,
        Because = because,
        Preemptions = 3,
        Sometimes = [ViolationKind.ProgressMismatch],
        Build = _ => new Robbers(unfairness, permitted),
    };

    /// <summary>An owner that has the lock, a waiter, and a task that comes by three times.</summary>
    private sealed class Robbers : LockMachine
    {
        public Robbers(int unfairness, int permitted)
            : base(new WaitOptions { Buckets = 1, Unfairness = unfairness, RobbedMost = permitted }, 3)
        {
            Lock.Lock(new TaskId(0), P);
            Add("owner", Op("change, unlock", task =>
            {
                Inside(task, P);
                Lock.Unlock(task, P);
            }));
            Add("waiter", Op("lock, change, unlock", task => LockInsideUnlock(task, P)));
            Add("passer-by", Pass(), Pass(), Pass());
        }

        private (string Name, Action<TaskId> Run) Pass() => Op("lock, change, unlock", task => LockInsideUnlock(task, P));
    }
}
