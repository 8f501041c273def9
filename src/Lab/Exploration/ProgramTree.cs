using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>What an operation does next after a given sequence of results.</summary>
internal enum StepCode : byte
{
    /// <summary>Nobody has been here yet: only the operation itself can tell.</summary>
    Unknown,

    /// <summary>Ends.</summary>
    End,

    /// <summary>Raises what <see cref="ProgramTree.ErrorAt"/> holds.</summary>
    Raises,

    Access,
    WideAccess,
    Spin,
    Retry,
    Park,
    Wake,
    Choose,
    Fence,
}

/// <summary>One place in an operation: the seam call that comes next, with its arguments.</summary>
internal struct ProgramStep
{
    public long Operand;
    public long Comparand;
    public long KnownResult;
    public int KnownChild;
    public int Location;
    public StepCode Code;
    public AccessKind Kind;
}

/// <summary>What the operations of all actors do, as far as it has been seen: a tree over the results of their seam calls.</summary>
/// <remarks>
/// An operation is a function of its results; that is what makes it possible to re-run it. So once it was seen to do something after some
/// results, it need not be run again to know: a search takes the step from here and touches neither the native stack nor an exception.
/// Grows while operations run; what does not fit any more stays unknown.
/// </remarks>
internal sealed class ProgramTree
{
    public const int NodesMax = 1 << 21;

    private const int None = 0;

    private readonly Dictionary<int, (ViolationKind Kind, string Text, string Where)> _errors = [];
    private ProgramStep[] _nodes = new ProgramStep[1 << 10];
    private Edge[] _edges = new Edge[1 << 10];
    private int _edgeCount;
    private int _count = 1; // node 0 is never known

    public int Count => _count;

    public ref ProgramStep this[int node]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _nodes[node];
    }

    /// <summary>A new place; 0 when there is no room left.</summary>
    public int NewNode()
    {
        if (_count == NodesMax) { return None; }
        if (_count == _nodes.Length) { Array.Resize(ref _nodes, _nodes.Length * 2); }
        return _count++;
    }

    /// <summary>Where the operation is after <paramref name="result"/>; a place that nobody has been at when it is new.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int node, long result)
    {
        ref ProgramStep step = ref _nodes[node];
        return step.KnownResult == result && step.KnownChild != None ? step.KnownChild : OtherChild(node, result);
    }

    public void Raises(int node, ViolationKind kind, string text, string where)
    {
        if (node == None) { return; }
        _nodes[node].Code = StepCode.Raises;
        _errors[node] = (kind, text, where);
    }

    public (ViolationKind Kind, string Text, string Where) ErrorAt(int node) => _errors[node];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int OtherChild(int node, long result)
    {
        if (node == None) { return None; }
        int slot = Find(node, result);
        int child = _edges[slot].Child;
        if (child == None)
        {
            child = NewNode();
            if (child == None) { return None; }
            if ((_edgeCount + 1) * 2 > _edges.Length)
            {
                Grow();
                slot = Find(node, result);
            }
            _edges[slot] = new Edge { Node = node, Result = result, Child = child };
            _edgeCount++;
        }
        ref ProgramStep step = ref _nodes[node];
        step.KnownResult = result;
        step.KnownChild = child;
        return child;
    }

    private int Find(int node, long result)
    {
        int mask = _edges.Length - 1;
        int slot = (int)((((ulong)(uint)node * 0x9E3779B97F4A7C15UL) ^ ((ulong)result * 0xD6E8FEB86659FD93UL)) >> 32) & mask;
        while (_edges[slot].Child != None && (_edges[slot].Node != node || _edges[slot].Result != result)) { slot = (slot + 1) & mask; }
        return slot;
    }

    private void Grow()
    {
        Edge[] old = _edges;
        _edges = new Edge[old.Length * 2];
        foreach (Edge edge in old)
        {
            if (edge.Child != None) { _edges[Find(edge.Node, edge.Result)] = edge; }
        }
    }

    private struct Edge
    {
        public long Result;
        public int Node;
        public int Child;
    }
}
