using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Where a word of a tree is: the node that holds it and the index in it. Node 0 is none.</summary>
internal readonly record struct TreeSlot(int Node, int Index)
{
    public bool IsNone => Node == 0;
}

/// <summary>Radix trees of 64-bit words from one pool of nodes: page tables and page caches. An inner word is a child's node number.</summary>
/// <remarks>Nodes are type-stable: a walker without a lock finds words of another tree at worst, and validates. A child is published by one compare-exchange.</remarks>
internal sealed class WordTrees(EngineBase engine, string name, int nodes, int order, int levels)
{
    public int Order { get; } = order;

    public int Levels { get; } = levels;

    public int Nodes { get; } = nodes;

    /// <summary>A new empty tree. 0: the pool is exhausted. Lock-free.</summary>
    public int NewRoot(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>The leaf word of an index, or none when a level is missing. Stops above the leaves where <paramref name="stop"/> bits are set in an inner word.</summary>
    public TreeSlot Find(int root, long index, ulong stop = 0) => throw new InvalidOperationException("stub");

    /// <summary>As above, and makes the missing levels. None: the pool is exhausted. Lock-free.</summary>
    public TreeSlot FindOrCreate(TaskId task, int root, long index, int level = 0) => throw new InvalidOperationException("stub");

    public ref ulong WordAt(TreeSlot slot) => throw new InvalidOperationException("stub");

    /// <summary>Gives all nodes of a tree back. Its words are all zero and nobody changes it any more.</summary>
    public void FreeTree(TaskId task, int root) => throw new InvalidOperationException("stub");

    public int UsedNodesAtRest() => throw new InvalidOperationException("stub");
}
