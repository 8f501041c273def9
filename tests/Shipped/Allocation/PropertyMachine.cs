using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using CsCheck;
using MemCore.Allocation;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

/// <summary>A small machine's shape. Rows may be smaller than blocks, and one block may be the reserve.</summary>
internal sealed record AllocatorShape(int Blocks, int BlockOrder, int RowOrder, int ListCapacity, int Reserve)
{
    public int BlockFrames => 1 << BlockOrder;

    public int Frames => Blocks * BlockFrames;

    public int MaxOrder => BlockOrder + 1;

    /// <summary>The largest order up to this one that may be asked for. The reserve has no pairs of blocks: its neighbours are of other types.</summary>
    public int Fit(int order, MigrateType type) => Math.Min(order, type == MigrateType.HighAtomic ? BlockOrder : MaxOrder);

    /// <summary>A few blocks of order 2 to 4, in rows of 1 frame up to the default; in a third of them a block is the reserve.</summary>
    public static Gen<AllocatorShape> Small { get; } =
        from blocks in Gen.Int[1, 5]
        from blockOrder in Gen.Int[2, 4]
        from rowOrder in Gen.OneOf(Gen.Int[0, 2], Gen.Const(6))
        from capacity in Gen.Int[1, 6]
        from reserve in Gen.Int[-8, blocks - 1]
        select new AllocatorShape(blocks, blockOrder, rowOrder, capacity, Math.Max(reserve, -1));
}

/// <summary>Frames that somebody owns.</summary>
internal readonly record struct Owned(Pfn Head, int Order);

/// <summary>An allocator and what was taken from it. Its columns are made at the first use: a start that nobody runs costs nothing.</summary>
internal sealed class PropertyMachine : IDisposable
{
    private readonly Lazy<AllocatorRig> _rig;
    private readonly ConcurrentBag<int> _tasks;
    private readonly ConcurrentStack<Owned>[] _owned;
    private readonly Lock _isolation = new();
    private readonly bool[] _isIsolated;

    public PropertyMachine(AllocatorShape shape, int tasks, int cpus)
    {
        Shape = shape;
        _rig = new Lazy<AllocatorRig>(() =>
        {
            AllocatorOptions options = new() { BlockOrder = shape.BlockOrder, RowOrder = shape.RowOrder, BlocksPerTree = 2, ListCapacity = shape.ListCapacity, BatchFramesMin = 2 };
            AllocatorRig rig = new(shape.Frames, cpus, tasks, options);
            if (shape.Reserve >= 0) { rig.Allocator.SetTypeAtRest(shape.Reserve, MigrateType.HighAtomic); }
            return rig;
        });
        _tasks = [.. Enumerable.Range(0, tasks)];
        _owned = [.. Enumerable.Range(0, shape.MaxOrder + 1).Select(_ => new ConcurrentStack<Owned>())];
        _isIsolated = new bool[shape.Blocks];
    }

    public AllocatorShape Shape { get; }

    public FrameAllocator Allocator => _rig.Value.Allocator;

    /// <summary>What the last allocation gave, for who runs one step at a time.</summary>
    public Pfn Answer { get; private set; }

    /// <summary>What the last <see cref="Pick"/> kept.</summary>
    public IReadOnlyList<Pfn> Picked { get; private set; } = [];

    /// <summary>Loses frames of this order instead of giving them back; negative: none. A mistake, to see that it is found.</summary>
    public int LosesOrder { get; init; } = -1;

    public int CountOf(int order) => _owned[order].Count;

    public bool IsIsolated(int block) => _isIsolated[block];

    public IEnumerable<Owned> AllOwned => _owned.SelectMany(stack => stack);

    public void Take(int order, MigrateType type) => AsTask(task =>
    {
        Pfn head = Allocator.Allocate(task, order, type);
        if (!head.IsNone) { _owned[order].Push(new Owned(head, order)); }
        Answer = head;
    });

    /// <summary>Takes free frames of a block, makes those at even places allocations, and gives the others back.</summary>
    public void Pick(int block, int most, bool evenWhole) => AsTask(task =>
    {
        List<Pfn> used = [];
        TakenFrames taken = Allocator.TakeFree(task, block, most, evenWhole: evenWhole);
        for (int i = 0; taken.Count != 0; i++, taken = taken.WithoutHighest)
        {
            if (i % 2 != 0) { Allocator.GiveFree(task, taken.Highest); }
            else
            {
                Assert.True(Allocator.TryUse(task, taken.Highest));
                used.Add(taken.Highest);
                _owned[0].Push(new Owned(taken.Highest, 0));
            }
        }
        Picked = used;
    });

    /// <summary>Gives back what was taken last of the order, if anything was.</summary>
    public void Give(int order) => AsTask(task =>
    {
        if (_owned[order].TryPop(out Owned owned) && order != LosesOrder)
        {
            Assert.True(_rig.Value.Table.Ref(owned.Head).PutTestZero());
            Allocator.Free(task, owned.Head, order);
        }
    });

    /// <summary>Gives back so many single frames that were taken last, or all there are, in one batch.</summary>
    public void GiveBatch(int count) => AsTask(task =>
    {
        List<Pfn> frames = [];
        while (frames.Count < count && _owned[0].TryPop(out Owned owned)) { frames.Add(owned.Head); }
        Allocator.PutBatch(task, CollectionsMarshal.AsSpan(frames));
    });

    /// <summary>Makes what was taken last of the order into single frames.</summary>
    public void Split(int order) => AsTask(task =>
    {
        if (!_owned[order].TryPop(out Owned owned)) { return; }
        Allocator.Split(task, owned.Head, order);
        for (int i = 1; i < 1 << order; i++) { _rig.Value.Table.Ref(owned.Head + i).Publish(1); }
        for (int i = 0; i < 1 << order; i++) { _owned[0].Push(new Owned(owned.Head + i, 0)); }
    });

    /// <summary>Begins or ends the isolation of a block. One caller at a time: only who isolated may end it.</summary>
    public void Isolate(int block, bool wanted) => AsTask(task =>
    {
        lock (_isolation)
        {
            if (wanted) { Assert.Equal(!_isIsolated[block], Allocator.TryIsolateBlock(task, block)); }
            else if (_isIsolated[block]) { Allocator.UnisolateBlock(task, block); }
            _isIsolated[block] = wanted;
        }
    });

    public void Drain(int cpu) => AsTask(task => Allocator.DrainCpu(task, new CpuId(cpu)));

    /// <summary>Null, or the first thing that is wrong: the audit, a frame with two owners, or one with none that is not free.</summary>
    public string? FindFault()
    {
        List<string> faults = [];
        Allocator.AuditAtRest((kind, text) => faults.Add($"{kind}: {text}"));
        bool[] isOwned = new bool[Shape.Frames];
        foreach (Owned owned in AllOwned)
        {
            for (int i = owned.Head.Value; i < owned.Head.Value + (1 << owned.Order); i++)
            {
                if (isOwned[i]) { faults.Add($"frame {i} has two owners"); }
                isOwned[i] = true;
            }
        }
        for (int i = 0; i < isOwned.Length; i++)
        {
            if (isOwned[i] == Allocator.IsFreeAtRest(new Pfn(i))) { faults.Add($"frame {i} is {(isOwned[i] ? "owned and free" : "lost")}"); }
        }
        long free = Allocator.FreeFramesAtRest();
        if (free != isOwned.Count(owned => !owned)) { faults.Add($"{free} frames count as free"); }
        return faults.FirstOrDefault();
    }

    public override string ToString() =>
        $"{Shape}, owned {string.Join(' ', AllOwned.OrderBy(o => o.Head.Value).Select(o => $"{o.Head.Value}+{1 << o.Order}"))}"
        + $", last answer {Answer.Value}: {FindFault() ?? "sound"}";

    public void Dispose()
    {
        if (_rig.IsValueCreated) { _rig.Value.Dispose(); }
    }

    private void AsTask(Action<TaskId> act)
    {
        Assert.True(_tasks.TryTake(out int task), "more threads than tasks");
        act(new TaskId(task));
        _tasks.Add(task);
    }
}
