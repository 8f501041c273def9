using MemCore.Frames;
using MemCore.Lru;

namespace MemCore.Tests.Lru;

/// <summary>The LRU as plain collections: who refers to a folio, and where it is. One step at a time.</summary>
internal sealed class LruModel(int cpus, int capacity, int slots)
{
    private readonly List<(int Slot, BatchKind Kind)>[] _parked = [.. Enumerable.Range(0, cpus).Select(_ => new List<(int, BatchKind)>())];
    private readonly List<int>[] _lists = [.. Enumerable.Range(0, (int)LruKind.Count).Select(_ => new List<int>())];
    private readonly Folio?[] _folios = new Folio?[slots];

    public int Disabled { get; private set; }

    /// <summary>A mistake, to see that it is found: an isolated folio stays where it was.</summary>
    public bool IsolationKeepsOnList { get; init; }

    public void New(int slot, PageFlags flags, int order, int cpu)
    {
        if (_folios[slot] is not null) { return; }
        _folios[slot] = new Folio { Flags = flags, Order = order, Owners = 1 };
        Queue(slot, BatchKind.Add, cpu);
    }

    public void Get(int slot)
    {
        if (_folios[slot] is { Owners: > 0 } folio) { folio.Owners++; }
    }

    public void Put(int slot)
    {
        if (_folios[slot] is not { Owners: > 0 } folio) { return; }
        folio.Owners--;
        FreeIfDead(slot);
    }

    public void Isolate(int slot)
    {
        if (_folios[slot] is not { } folio || !folio.IsListed) { return; }
        if (!IsolationKeepsOnList) { _lists[(int)KindOf(folio)].Remove(slot); }
        folio.IsListed = false;
        folio.IsIsolated = true;
    }

    public void PutBack(int slot, int cpu)
    {
        if (_folios[slot] is not { IsIsolated: true } folio) { return; }
        folio.IsIsolated = false;
        Queue(slot, BatchKind.Add, cpu);
        FreeIfDead(slot);
    }

    public void Request(int slot, BatchKind kind, int cpu)
    {
        if (_folios[slot] is { Owners: > 0, IsListed: true } folio && IsEligible(folio, kind)) { Queue(slot, kind, cpu); }
    }

    public void Drain(int cpu)
    {
        for (BatchKind kind = 0; kind < BatchKind.Count; kind++) { Flush(cpu, kind); }
    }

    /// <summary>The caller's own CPU first.</summary>
    public void DrainAll(int own)
    {
        Drain(own);
        for (int cpu = 0; cpu < cpus; cpu++) { Drain(cpu); }
    }

    public void Disable(int own)
    {
        Disabled++;
        DrainAll(own);
    }

    public void Enable() => Disabled -= Disabled > 0 ? 1 : 0;

    public override string ToString()
    {
        string folios = string.Join(", ", Enumerable.Range(0, slots).Where(slot => _folios[slot] is not null).Select(slot =>
            $"{slot}: {RefsOf(slot)} refs{(_folios[slot]!.IsListed ? $" on {KindOf(_folios[slot]!)}" : string.Empty)}"));
        return $"{folios}; parked {string.Join(' ', _parked.Select(p => p.Count))}; lists {string.Join(" | ", _lists.SkipLast(1).Select(l => string.Join(' ', l)))}";
    }

    private void Queue(int slot, BatchKind kind, int cpu)
    {
        _parked[cpu].Add((slot, kind));
        if (_parked[cpu].Count(p => p.Kind == kind) == capacity || _folios[slot]!.Order > 0 || Disabled > 0) { Flush(cpu, kind); }
    }

    private void Flush(int cpu, BatchKind kind)
    {
        List<int> entries = [.. _parked[cpu].Where(p => p.Kind == kind).Select(p => p.Slot)];
        foreach (int slot in entries)
        {
            Folio folio = _folios[slot]!;
            if (kind == BatchKind.Add) { List(slot, folio); }
            else if (folio.IsListed && IsEligible(folio, kind)) { Move(slot, folio, kind); }
        }
        _parked[cpu].RemoveAll(p => p.Kind == kind);
        foreach (int slot in entries) { FreeIfDead(slot); }
    }

    private void List(int slot, Folio folio)
    {
        if ((folio.Flags & PageFlags.Mlocked) == 0) { folio.Flags &= ~PageFlags.Unevictable; }
        else { folio.Flags = (folio.Flags & ~PageFlags.Active) | PageFlags.Unevictable; }
        folio.IsListed = true;
        _lists[(int)KindOf(folio)].Insert(0, slot);
    }

    private void Move(int slot, Folio folio, BatchKind kind)
    {
        _lists[(int)KindOf(folio)].Remove(slot);
        bool tail = kind == BatchKind.Rotate || (kind == BatchKind.DeactivateFile && (folio.Flags & PageFlags.Dirty) == 0);
        if (kind == BatchKind.LazyFree) { folio.Flags &= ~PageFlags.Swapbacked; }
        if (kind == BatchKind.Activate) { folio.Flags |= PageFlags.Active; }
        else { folio.Flags &= ~PageFlags.Active; }
        List<int> to = _lists[(int)KindOf(folio)];
        to.Insert(tail ? to.Count : 0, slot);
    }

    private static bool IsEligible(Folio folio, BatchKind kind)
    {
        bool active = (folio.Flags & PageFlags.Active) != 0;
        return (folio.Flags & PageFlags.Unevictable) == 0 && kind switch
        {
            BatchKind.Rotate => (folio.Flags & PageFlags.Dirty) == 0,
            BatchKind.Deactivate => active,
            BatchKind.Activate => !active,
            BatchKind.LazyFree => (folio.Flags & PageFlags.Swapbacked) != 0,
            _ => true,
        };
    }

    private int RefsOf(int slot) => _folios[slot]!.Owners + (_folios[slot]!.IsIsolated ? 1 : 0) + _parked.Sum(p => p.Count(entry => entry.Slot == slot));

    private void FreeIfDead(int slot)
    {
        if (_folios[slot] is not { } folio || RefsOf(slot) > 0) { return; }
        if (folio.IsListed) { _lists[(int)KindOf(folio)].Remove(slot); }
        _folios[slot] = null;
    }

    private static LruKind KindOf(Folio folio) => LruVecs.KindOf(folio.Flags);

    private sealed class Folio
    {
        public required PageFlags Flags { get; set; }

        public required int Order { get; init; }

        public int Owners { get; set; }

        public bool IsListed { get; set; }

        public bool IsIsolated { get; set; }
    }
}
