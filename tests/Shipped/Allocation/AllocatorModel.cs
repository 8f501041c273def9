using MemCore.Allocation;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

/// <summary>What an allocator may answer, from nothing but who owns which frame and which blocks are isolated. One step at a time.</summary>
internal sealed class AllocatorModel(PropertyMachine machine)
{
    private readonly AllocatorShape _shape = machine.Shape;
    private readonly bool[] _taken = new bool[machine.Shape.Frames];
    private readonly bool[] _isolated = new bool[machine.Shape.Blocks];
    private readonly bool[] _mayBeListed = new bool[machine.Shape.Blocks];
    private readonly Stack<Pfn>[] _owned = [.. Enumerable.Range(0, machine.Shape.MaxOrder + 1).Select(_ => new Stack<Pfn>())];

    /// <summary>Null, or the first answer that was wrong.</summary>
    public string? Objection { get; private set; }

    public AllocatorShape Shape => _shape;

    public long Free => _taken.Count(taken => !taken);

    /// <summary>A mistaken model, to see that the property finds it: isolation ends the CPUs' lists too.</summary>
    public bool BelievesIsolationDrains { get; init; }

    /// <summary>Nothing is given only when no block that may serve has the frames; what is given is free, aligned, and of such a block.</summary>
    public void Take(int order, MigrateType type)
    {
        Pfn answer = machine.Answer;
        if (answer.IsNone)
        {
            int missed = Enumerable.Range(0, _shape.Frames >> order).Select(i => i << order).FirstOrDefault(head => Serves(head, order, type), -1);
            if (missed >= 0) { Objection ??= $"nothing of order {order} for {type}, although {missed} is free"; }
            return;
        }

        // A CPU keeps single frames and a whole block: both may be handed out after an isolation, until a drain.
        bool listed = (order == 0 || order == _shape.BlockOrder) && _mayBeListed[answer.Value / _shape.BlockFrames]
            && !_taken.AsSpan(answer.Value, 1 << order).Contains(true);
        if ((answer.Value & ((1 << order) - 1)) != 0 || !(listed || Serves(answer.Value, order, type)))
        {
            Objection ??= $"{answer.Value} of order {order} for {type}, which is not to be had";
        }
        _owned[order].Push(answer);
        _taken.AsSpan(answer.Value, 1 << order).Fill(true);
    }

    /// <summary>What was picked was free, of the block, and the block neither isolated nor the reserve; picking nothing is always allowed.</summary>
    public void Pick(int block)
    {
        foreach (Pfn pfn in machine.Picked)
        {
            if (_taken[pfn.Value] || pfn.Value / _shape.BlockFrames != block || _isolated[block] || block == _shape.Reserve)
            {
                Objection ??= $"{pfn.Value} picked of block {block}, which is not to be had";
            }
            _taken[pfn.Value] = true;
            _owned[0].Push(pfn);
        }
    }

    public void Give(int order)
    {
        if (_owned[order].TryPop(out Pfn head)) { _taken.AsSpan(head.Value, 1 << order).Clear(); }
    }

    public void GiveBatch(int count)
    {
        for (int i = 0; i < count; i++) { Give(0); }
    }

    public void Split(int order)
    {
        if (!_owned[order].TryPop(out Pfn head)) { return; }
        for (int i = 0; i < 1 << order; i++) { _owned[0].Push(head + i); }
    }

    public void Isolate(int block, bool wanted)
    {
        // What the CPUs' lists hold at that moment may still be handed out, until they are drained.
        _mayBeListed[block] = wanted && (_isolated[block] ? _mayBeListed[block] : !BelievesIsolationDrains);
        _isolated[block] = wanted;
    }

    public void DrainAll() => Array.Clear(_mayBeListed);

    private bool Serves(int head, int order, MigrateType type)
    {
        if (head + (1 << order) > _shape.Frames) { return false; }
        for (int frame = head; frame < head + (1 << order); frame++)
        {
            int block = frame / _shape.BlockFrames;
            if (_taken[frame] || _isolated[block] || (block == _shape.Reserve && type != MigrateType.HighAtomic)) { return false; }
        }
        return true;
    }
}
