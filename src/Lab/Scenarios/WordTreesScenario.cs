using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>The radix trees under page tables and page caches: levels that are made without a lock while others walk.</summary>
internal sealed class WordTreesScenario : Scenario
{
    private const int NodesOfTree = 3; // the root and two nodes below it

    public override string Slug => "word-trees";

    public override string Question => "Does a lookup find what was inserted, whoever made the levels above it, and is every node in the tree or in the pool?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("insert-lookup", "WT-1", "a child is published by one compare-exchange; who loses gives its node back and goes on below the winner's", () => new Inserts()),
        Clean("insert-remove", "WT-2", "leaf words are exchanged whole: of two who remove a value one has it", () => new Removes()),

        Planted("child-without-cas", "WT-1a", PlantedBug.TreeChildWithoutCas, "the second child hides the first, and what was inserted below it", [ViolationKind.NonLinearizable, ViolationKind.LostFolio], () => new Inserts()),
        Planted("spare-node-kept", "WT-1b", PlantedBug.TreeKeepsSpareNode, "the node of who lost is neither in the tree nor in the pool", [ViolationKind.CounterMismatch], () => new Inserts()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build() };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    /// <summary>A tree of two levels and four indexes; a map from indexes to values, each index a part of its own.</summary>
    private abstract class TreeMachine : StructureMachine
    {
        private readonly WordTrees _trees;
        private readonly int _root;
        private readonly SequentialModel<long, StructureCall> _model;

        protected TreeMachine(int nodes)
        {
            _trees = new WordTrees(Base, "tree", nodes, order: 1, levels: 2);
            _root = _trees.NewRoot(new TaskId(0));
            _model = SequentialModel.Of<long, StructureCall>(
                0,
                (value, call) => call.What switch
                {
                    "insert" => value == 0 ? (call.Value, 0) : (value, value),
                    "remove" => (0, value),
                    _ => (value, value),
                },
                call => call.Key);
        }

        public override void CheckQuiescence()
        {
            Judge(_model);
            int nodes = _trees.UsedNodesAtRest();
            Bug.If(nodes != NodesOfTree, ViolationKind.CounterMismatch, $"{nodes} nodes are in use, the tree has {NodesOfTree}");
        }

        /// <summary>Answers what was there: 0 when the value is in now.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Insert(int index, int value) => Op("insert", index, value, task =>
        {
            TreeSlot slot = _trees.FindOrCreate(task, _root, index);
            Bug.If(slot.IsNone, ViolationKind.StuckState, "the pool is exhausted although each task can have its spare node");
            return (long)Atomic.CompareExchange(ref _trees.WordAt(slot), (ulong)value, 0);
        });

        protected (StructureCall Call, Func<TaskId, long> Run) Find(int index) => Op("find", index, _ =>
        {
            TreeSlot slot = _trees.Find(_root, index);
            return slot.IsNone ? 0 : (long)Atomic.Load(ref _trees.WordAt(slot));
        });

        protected (StructureCall Call, Func<TaskId, long> Run) Remove(int index) => Op("remove", index, _ =>
        {
            TreeSlot slot = _trees.Find(_root, index);
            return slot.IsNone ? 0 : (long)Atomic.Exchange(ref _trees.WordAt(slot), 0);
        });
    }

    private sealed class Inserts : TreeMachine
    {
        public Inserts()
            : base(nodes: 4)
        {
            Add("task 0", Insert(0, 1), Find(1));
            Add("task 1", Insert(1, 2), Find(0));
            Add("task 2", Insert(2, 3));
        }
    }

    private sealed class Removes : TreeMachine
    {
        public Removes()
            : base(nodes: 4)
        {
            Add("task 0", Insert(0, 1), Remove(0));
            Add("task 1", Insert(0, 2), Insert(2, 3));
            Add("task 2", Remove(0), Find(0));
        }
    }
}
