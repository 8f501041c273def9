using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>States seen so far by their 128-bit keys, each with the fewest preemptions it was reached with. Open addressing.</summary>
internal sealed class VisitedSet
{
    private Slot[] _slots = new Slot[1 << 12];
    private int _mask = (1 << 12) - 1;

    public int Count { get; private set; }

    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    /// <summary>Notes a state. False: it was reached with as few preemptions before, so everything from here has been seen.</summary>
    public bool Add(StateHash key, int preemptions)
    {
        if (Count * 4 >= _slots.Length * 3) { Grow(); }
        ulong low = key.Low | 1; // an empty slot has Low == 0
        int i = (int)(key.High & (uint)_mask);
        while (true)
        {
            ref Slot slot = ref _slots[i];
            if (slot.Low == 0)
            {
                slot = new Slot { Low = low, High = key.High, Preemptions = preemptions };
                Count++;
                return true;
            }
            if (slot.Low == low && slot.High == key.High)
            {
                if (slot.Preemptions <= preemptions) { return false; }
                slot.Preemptions = preemptions;
                return true;
            }
            i = (i + 1) & _mask;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        Slot[] old = _slots;
        _slots = new Slot[old.Length * 2];
        _mask = _slots.Length - 1;
        foreach (Slot slot in old)
        {
            if (slot.Low == 0) { continue; }
            int i = (int)(slot.High & (uint)_mask);
            while (_slots[i].Low != 0) { i = (i + 1) & _mask; }
            _slots[i] = slot;
        }
    }

    private struct Slot
    {
        public ulong Low;
        public ulong High;
        public int Preemptions;
    }
}
