using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>The pool of numbers that names VMAs, tables and nodes: taken from a stack of freed ones, then from those never used.</summary>
internal sealed class SlotPoolScenario : Scenario
{
    public override string Slug => "slot-pool";

    public override string Question => "Is a number given to one task at a time, never lost, and refused only while all are in use?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("take-give", "SP-1", "the tag changes with each pop: a head that came back is another head", () => new Reused()),
        Clean("fresh", "SP-2", "who finds the stack empty moves the border by one compare-exchange", () => new Fresh()),
        Clean("exhausted", "SP-3", "the stack was empty, then the border at its end: who moved it there meanwhile had found the stack empty too", () => new Exhausted()),

        Planted("tag-kept", "SP-1a", PlantedBug.PoolKeepsTag, "a late pop succeeds on a head that went and came back", () => new Reused()),
        Planted("fresh-without-cas", "SP-2a", PlantedBug.PoolFreshWithoutCas, "two tasks move the border to the same place", () => new Fresh()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build() };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = [ViolationKind.NonLinearizable], Build = _ => build() };

    private abstract class PoolMachine : StructureMachine
    {
        private readonly Column<int> _kept; // per task: the numbers that it has, one bit each
        private readonly ulong _usedFirst;

        /// <param name="count">Numbers of the pool.</param>
        /// <param name="used">Of these, taken at set-up by task 1.</param>
        /// <param name="freed">Taken and given back before, so that they are on the stack, the lowest on top.</param>
        protected PoolMachine(int count, int used, int freed)
        {
            Pool = new SlotPool(Arena, "slot", count);
            _kept = Arena.Add<int>("kept", 4, ColumnKind.State);
            for (int n = 0; n < used + freed; n++) { Pool.Take(); }
            for (int n = used + freed; n > used; n--) { Pool.Give(n); }
            _kept[1] = ((1 << used) - 1) << 1;
            _usedFirst = (uint)_kept[1];
        }

        protected SlotPool Pool { get; }

        public override void CheckQuiescence()
        {
            int kept = 0;
            foreach (int mine in _kept.AtRest) { kept |= mine; }
            Judge(new PoolModel(Pool.Count, _usedFirst));
            for (int n = 1; n <= Pool.Count; n++)
            {
                Bug.If(Pool.IsUsedAtRest(n) != ((kept >> n & 1) != 0), ViolationKind.CounterMismatch, $"number {n} is not where its owner thinks");
            }
        }

        protected (StructureCall Call, Func<TaskId, long> Run) Take() => Op("take", 0, task =>
        {
            int number = Pool.Take();
            if (number != 0) { Keep(task, 0, 1 << number); }
            return number;
        });

        /// <summary>Gives the lowest number back that the task has; answers which.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Give() => Op("give", 0, task =>
        {
            int kept = Atomic.PlainLoad(ref _kept[task.Value]);
            if (kept == 0) { return 0; }
            int number = System.Numerics.BitOperations.TrailingZeroCount(kept);
            Keep(task, 1 << number, 0);
            Pool.Give(number);
            return number;
        });

        private void Keep(TaskId task, int without, int with)
        {
            ref int word = ref _kept[task.Value];
            Atomic.PlainStore(ref word, (Atomic.PlainLoad(ref word) & ~without) | with);
        }
    }

    /// <summary>State: one bit for each number in use.</summary>
    private sealed class PoolModel(int count, ulong usedFirst) : SequentialModel<ulong, StructureCall>
    {
        private readonly ulong _all = ((1UL << count) - 1) << 1;

        public override ulong Initial => usedFirst;

        public override IEnumerable<ulong> After(ulong state, StructureCall call, long? result)
        {
            if (result == 0) { return call.What == "give" || state == _all ? [state] : []; }
            if (result is { } number) { return (state >> (int)number & 1) != 0 == (call.What == "give") ? [state ^ (1UL << (int)number)] : []; }
            return Enumerable.Range(0, count + 1).SelectMany(n => After(state, call, n));
        }
    }

    private sealed class Reused : PoolMachine
    {
        public Reused()
            : base(count: 3, used: 0, freed: 3)
        {
            Add("late", Take(), Take());
            Add("reuser", Take(), Take(), Give());
        }
    }

    private sealed class Fresh : PoolMachine
    {
        public Fresh()
            : base(count: 3, used: 0, freed: 0)
        {
            Add("task 0", Take(), Give());
            Add("task 1", Take());
            Add("task 2", Take());
        }
    }

    private sealed class Exhausted : PoolMachine
    {
        public Exhausted()
            : base(count: 2, used: 1, freed: 0)
        {
            Add("wants", Take());
            Add("gives", Give());
            Add("takes", Take());
        }
    }
}
