using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Where a word of a tree is: the node that holds it and the index in it. Node 0 is none.</summary>
internal readonly record struct TreeSlot(int Node, int Index)
{
    public bool IsNone => Node == 0;
}

/// <summary>Radix trees of 64-bit words from one pool of nodes: page tables and page caches.</summary>
/// <remarks><code>
/// inner word   0: nothing below;   node number &lt;&lt; 12 | InnerBit: a child;   anything else: a leaf word that spans all below
/// </code>
/// Nodes are type-stable and zero while free: a walker without a lock finds words of another tree at worst, and validates. A child is
/// published by one compare-exchange.
/// </remarks>
internal sealed class WordTrees
{
    /// <summary>Tells a child from a leaf word above the leaves. No leaf word has it set.</summary>
    public const ulong InnerBit = 1 << 5;

    private const int ChildShift = 12;

    private readonly Column<ulong> _words; // (A)
    private readonly SlotPool _pool;
    private readonly int _indexMask;

    public WordTrees(EngineBase engine, string name, int nodes, int order, int levels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(order);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(levels);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order * levels, 62, nameof(levels));
        Order = order;
        Levels = levels;
        Nodes = nodes;
        _indexMask = (1 << order) - 1;
        _words = engine.Arena.Add<ulong>(name, checked(nodes * (1 << order)), ColumnKind.State);
        _pool = new SlotPool(engine.Arena, name, nodes);
    }

    public int Order { get; }

    public int Levels { get; }

    public int Nodes { get; }

    /// <summary>The indexes that a tree has: 0 to one below.</summary>
    public long Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1L << (Order * Levels);
    }

    /// <summary>A new empty tree. 0: the pool is exhausted. Lock-free.</summary>
    public int NewRoot(TaskId task)
    {
        _ = task;
        return _pool.Take();
    }

    /// <summary>The leaf word of an index, or none when a level is missing. Stops above the leaves where <paramref name="stop"/> bits are set in an inner word.</summary>
    public TreeSlot Find(int root, long index, ulong stop = 0) => Find(root, index, stop, out _);

    /// <summary>As above, and says on which level the word is; 0 are the leaves.</summary>
    public TreeSlot Find(int root, long index, ulong stop, out int level)
    {
        level = Levels - 1;
        if ((ulong)index >= (ulong)Span || root == 0) { return default; }
        int node = root;
        while (level > 0)
        {
            int at = IndexIn(index, level);

            // Pairs with WordTrees.Child: to see a child's number is to see its words.
            ulong word = Atomic.Load(ref Word(node, at));
            if ((word & stop) != 0) { return new TreeSlot(node, at); }
            if ((word & InnerBit) == 0) { return default; }
            node = (int)(word >> ChildShift);
            level--;
        }
        return new TreeSlot(node, IndexIn(index, 0));
    }

    /// <summary>As above, and makes the missing levels. None: the pool is exhausted, or no such index. Lock-free.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="root">Of the tree.</param>
    /// <param name="index">Of the word.</param>
    /// <param name="level">The level of the word that is wanted; what stands above it and is no child is returned instead.</param>
    public TreeSlot FindOrCreate(TaskId task, int root, long index, int level = 0) => FindOrCreate(task, root, index, level, out _, out _);

    /// <summary>As above; says on which level the word is, and how many nodes were made.</summary>
    public TreeSlot FindOrCreate(TaskId task, int root, long index, int level, out int found, out int made)
    {
        _ = task;
        found = Levels - 1;
        made = 0;
        if ((ulong)index >= (ulong)Span) { return default; }
        int node = root;
        while (found > level)
        {
            int at = IndexIn(index, found);
            ulong word = Atomic.Load(ref Word(node, at));
            if (word == 0)
            {
                word = Child(ref Word(node, at), ref made);
                if (word == 0) { return default; }
            }
            if ((word & InnerBit) == 0) { return new TreeSlot(node, at); }
            node = (int)(word >> ChildShift);
            found--;
        }
        return new TreeSlot(node, IndexIn(index, found));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref ulong WordAt(TreeSlot slot) => ref Word(slot.Node, slot.Index);

    /// <summary>Asks for the line of a word that will be wanted soon.</summary>
    public void Prefetch(TreeSlot slot) => _words.Prefetch(((slot.Node - 1) << Order) + slot.Index);

    /// <summary>Gives all nodes of a tree back, and says how many. Its leaf words are all zero and nobody else looks at it any more.</summary>
    public int FreeTree(TaskId task, int root)
    {
        _ = task;
        return root == 0 ? 0 : Free(root, Levels - 1);
    }

    /// <summary>The words of a tree that are neither zero nor children, with index and level. At rest.</summary>
    public void ForEachAtRest(int root, Action<long, TreeSlot, int> word)
    {
        if (root != 0) { Visit(root, 0, Levels - 1, word); }
    }

    public int UsedNodesAtRest() => _pool.UsedAtRest();

    private int IndexIn(long index, int level) => (int)(index >> (level * Order)) & _indexMask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ulong Word(int node, int index) => ref _words[((node - 1) << Order) + index];

    // What the word is now that it has a child, of this caller or of another; 0: no node is to be had.
    private ulong Child(ref ulong word, ref int made)
    {
        int node = _pool.Take();
        if (node == 0) { return Atomic.Load(ref word); }
        ulong child = ((ulong)node << ChildShift) | InnerBit;

        // Pairs with WordTrees.Find: the words of the node are zero before anybody can find it.
        if (Plant.Is(PlantedBug.TreeChildWithoutCas))
        {
            Atomic.Store(ref word, child);
            return child;
        }
        ulong seen = Atomic.CompareExchange(ref word, child, 0);
        if (seen != 0)
        {
            if (!Plant.Is(PlantedBug.TreeKeepsSpareNode)) { _pool.Give(node); }
            return seen;
        }
        made++;
        return child;
    }

    private int Free(int node, int level)
    {
        int freed = 1;
        for (int i = 0; i <= _indexMask; i++)
        {
            ref ulong at = ref Word(node, i);
            ulong word = Atomic.PlainLoad(ref at);
            if (word == 0) { continue; }
            Bug.If(level == 0 || (word & InnerBit) == 0, ViolationKind.StuckState, "tree given back with words in it", node);
            freed += Free((int)(word >> ChildShift), level - 1);
            Atomic.PlainStore(ref at, 0UL);
        }
        _pool.Give(node);
        return freed;
    }

    private void Visit(int node, long first, int level, Action<long, TreeSlot, int> visit)
    {
        ReadOnlySpan<ulong> words = _words.AtRest;
        for (int i = 0; i <= _indexMask; i++)
        {
            ulong word = words[((node - 1) << Order) + i];
            if (word == 0) { continue; }
            long index = first + ((long)i << (level * Order));
            if (level > 0 && (word & InnerBit) != 0) { Visit((int)(word >> ChildShift), index, level - 1, visit); }
            else { visit(index, new TreeSlot(node, i), level); }
        }
    }
}
