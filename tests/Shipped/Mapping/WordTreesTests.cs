using CsCheck;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Tests.Allocation;

namespace MemCore.Tests.Mapping;

public sealed class WordTreesTests : IDisposable
{
    private static readonly TaskId s_task = new(0);

    private readonly Arena _arena = new(64 << 20);
    private readonly EngineBase _engine;
    private int _trees;

    public WordTreesTests()
    {
        FrameTable frames = new(_arena, 64);
        CpuSlots cpus = new(_arena, 1, 4);
        _engine = new EngineBase(_arena, frames, cpus, new EventCounters(_arena, 4), new RefLedger(_arena, 64), new MigrationPolicy());
    }

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 4)]
    [InlineData(6, 2)]
    [InlineData(9, 3)]
    public void ATreeHoldsWhatADictionaryHolds(int order, int levels)
    {
        WordTrees trees = NewTrees(nodes: 400, order, levels);
        long last = (1L << (order * levels)) - 1;
        Gen.Select(Gen.Long[0, last], Gen.Int[0, 3]).List[0, 60].Sample(steps =>
        {
            int root = trees.NewRoot(s_task);
            Dictionary<long, ulong> model = [];
            foreach ((long index, int what) in steps)
            {
                if (what == 0)
                {
                    TreeSlot found = trees.Find(root, index);
                    if (!found.IsNone) { trees.WordAt(found) = 0; }
                    model.Remove(index);
                    continue;
                }
                ulong word = ((ulong)index << 12) | 1;
                trees.WordAt(trees.FindOrCreate(s_task, root, index)) = word;
                model[index] = word;
            }
            Dictionary<long, ulong> held = [];
            trees.ForEachAtRest(root, (index, slot, level) => held.Add(index, level == 0 ? trees.WordAt(slot) : 0));
            bool same = held.Count == model.Count && model.All(pair => held.TryGetValue(pair.Key, out ulong word) && word == pair.Value);
            bool found2 = model.All(pair => trees.WordAt(trees.Find(root, pair.Key)) == pair.Value);
            foreach (long index in model.Keys) { trees.WordAt(trees.Find(root, index)) = 0; }
            trees.FreeTree(s_task, root);
            return same && found2 && trees.UsedNodesAtRest() == 0;
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void AnIndexBeyondTheTreeIsNowhere()
    {
        WordTrees trees = NewTrees(8, order: 2, levels: 2);
        int root = trees.NewRoot(s_task);

        Assert.True(trees.FindOrCreate(s_task, root, 16).IsNone);
        Assert.True(trees.FindOrCreate(s_task, root, -1).IsNone);
        Assert.True(trees.Find(root, 16).IsNone);
        Assert.True(trees.Find(root, 15).IsNone);
        Assert.False(trees.FindOrCreate(s_task, root, 15).IsNone);
    }

    [Fact]
    public void AWordAboveTheLeavesStopsTheWalk()
    {
        WordTrees trees = NewTrees(8, order: 2, levels: 2);
        int root = trees.NewRoot(s_task);
        TreeSlot huge = trees.FindOrCreate(s_task, root, 5, level: 1);
        trees.WordAt(huge) = Pte.Present(new Pfn(4), writable: true, huge: true).Raw;

        Assert.Equal(huge, trees.Find(root, 7, Pte.HugeBit, out int level));
        Assert.Equal(1, level);
        Assert.Equal(huge, trees.FindOrCreate(s_task, root, 6, 0, out int found, out int made));
        Assert.Equal((1, 0), (found, made));
        Assert.True(trees.Find(root, 7).IsNone);
    }

    [Fact]
    public void AnExhaustedPoolSaysSoAndServesAgainAfterAFree()
    {
        WordTrees trees = NewTrees(3, order: 1, levels: 2);
        int root = trees.NewRoot(s_task);
        Assert.False(trees.FindOrCreate(s_task, root, 0).IsNone);
        Assert.False(trees.FindOrCreate(s_task, root, 2).IsNone);
        Assert.Equal(0, trees.NewRoot(s_task));

        Assert.Equal(3, trees.FreeTree(s_task, root));

        int again = trees.NewRoot(s_task);
        Assert.NotEqual(0, again);
        Assert.True(trees.Find(again, 0).IsNone);
    }

    [Fact]
    public void ATreeWithWordsInItIsNotGivenBack()
    {
        WordTrees trees = NewTrees(3, order: 1, levels: 2);
        int root = trees.NewRoot(s_task);
        trees.WordAt(trees.FindOrCreate(s_task, root, 1)) = 1;

        Assert.Equal(ViolationKind.StuckState, Assert.Throws<BugException>(() => trees.FreeTree(s_task, root)).Kind);
    }

    [Fact]
    public void TasksThatMakeTheSameLevelsAtOnceMeetInOneTree()
    {
        WordTrees trees = NewTrees(2000, order: 2, levels: 4);
        for (int round = 0; round < 20; round++)
        {
            int root = trees.NewRoot(s_task);
            AllocatorRig.Run(4, task =>
            {
                for (int i = 0; i < 256; i++) { Atomic.Add(ref trees.WordAt(trees.FindOrCreate(task, root, (i * 37) & 255)), 1UL << 12); }
            });
            for (int i = 0; i < 256; i++)
            {
                ref ulong word = ref trees.WordAt(trees.Find(root, i));
                Assert.Equal(4UL << 12, word);
                word = 0;
            }
            Assert.Equal(1 + 4 + 16 + 64, trees.FreeTree(s_task, root));
            Assert.Equal(0, trees.UsedNodesAtRest());
        }
    }

    private WordTrees NewTrees(int nodes, int order, int levels) => new(_engine, $"tree{_trees++}", nodes, order, levels);
}
