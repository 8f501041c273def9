using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>The queues of the wait table by themselves: who waits for one folio is chosen in the order of arrival, whoever else is in the bucket or leaves it.</summary>
internal sealed class WaitQueuesScenario : Scenario
{
    public override string Slug => "wait-queues";

    public override string Question => "Is a bucket a queue for each of its folios, also when a waiter in the middle gives up?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("one-folio", "WQ-1", "entries are appended and unlinked under the bucket lock, from the head on", () => new OneFolio()),
        Clean("two-folios", "WQ-2", "entries of other folios are passed over and keep their place", () => new TwoFolios()),

        Planted("appends-in-front", "WQ-1a", PlantedBug.QueueAppendsInFront, "who came last is chosen first", [ViolationKind.NonLinearizable], () => new OneFolio()),
        Planted("tail-kept", "WQ-1b", PlantedBug.QueueUnlinkKeepsTail, "who is appended behind an entry that has left is never found", [ViolationKind.NonLinearizable, ViolationKind.BrokenList], () => new OneFolio()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build() };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    /// <summary>One bucket. In sequence: a list of entries for each folio.</summary>
    private abstract class QueueMachine : StructureMachine
    {
        private readonly WaitQueues _queues;

        protected QueueMachine()
        {
            _queues = new WaitQueues(Arena, Base.Ranks, buckets: 1, tasks: 4);
        }

        public override void CheckQuiescence()
        {
            Judge(SequentialModel.Of<Items, StructureCall>(
                Items.Empty,
                (waiting, call) => call.What switch
                {
                    "queue" => (waiting.Add(call.Value), 0),
                    "choose" => waiting.IsEmpty ? (waiting, 0) : (waiting.WithoutFirst(), waiting.First),
                    _ => (waiting.Without(call.Value), waiting.Contains(call.Value) ? 1 : 0),
                },
                call => call.Key));
            (_, int head, int tail) = _queues.BucketForReport(0);
            Bug.If((head == 0) != (tail == 0), ViolationKind.BrokenList, "a bucket has a head and no tail, or a tail and no head");
        }

        /// <summary>The task queues for a folio.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Queue(int task, int folio) => Op("queue", folio, task + 1, _ =>
        {
            WordLock gate = _queues.LockOf(0);
            gate.Lock(new TaskId(task));
            _queues.AppendLocked(0, task + 1, new Pfn(folio));
            gate.Unlock(new TaskId(task));
            return 0;
        });

        /// <summary>The task gives up. Answers 1 if nobody had chosen it.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Leave(int task, int folio) => Op("leave", folio, task + 1, _ =>
        {
            WordLock gate = _queues.LockOf(0);
            gate.Lock(new TaskId(task));
            bool queued = _queues.WaitsForLocked(task + 1, new Pfn(folio));
            if (queued) { _queues.UnlinkLocked(0, task + 1); }
            gate.Unlock(new TaskId(task));
            return queued ? 1 : 0;
        });

        /// <summary>An unlock takes the first entry of the folio out. Answers which; 0: none.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Choose(int folio) => Op("choose", folio, task =>
        {
            WordLock gate = _queues.LockOf(0);
            gate.Lock(task);
            int entry = _queues.FirstLocked(0);
            while (entry != 0 && !_queues.WaitsForLocked(entry, new Pfn(folio))) { entry = _queues.NextLocked(entry); }
            if (entry != 0) { _queues.UnlinkLocked(0, entry); }
            gate.Unlock(task);
            return entry;
        });
    }

    private sealed class OneFolio : QueueMachine
    {
        public OneFolio()
        {
            Add("waiter 0", Queue(0, 0), Leave(0, 0));
            Add("waiter 1", Queue(1, 0));
            Add("unlocker", Choose(0), Choose(0));
        }
    }

    private sealed class TwoFolios : QueueMachine
    {
        public TwoFolios()
        {
            Add("waiter 0", Queue(0, 0), Leave(0, 0));
            Add("waiter 1", Queue(1, 1));
            Add("waiter 2", Queue(2, 0));
            Add("unlocker", Choose(1), Choose(0));
        }
    }
}
