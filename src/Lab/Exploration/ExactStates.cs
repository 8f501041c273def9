using System.Runtime.InteropServices;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>States seen so far, kept in full: two of them are the same when every word of their keys is. Slower and larger than hashes.</summary>
/// <param name="hash">Where a state is looked for; by default a part of its hash. A bad one makes it slow and nothing else.</param>
internal sealed class ExactStates(Func<StateHash, ulong>? hash = null)
{
    private const int ChunkWords = 1 << 20;
    private const int ChunksMax = 256;

    private readonly Func<StateHash, ulong> _hash = hash ?? (key => key.High);
    private readonly List<ulong[]> _chunks = [];
    private readonly List<ulong> _key = [];
    private Slot[] _slots = new Slot[1 << 12];
    private int _used = ChunkWords; // words of the last chunk that are taken; none is there yet

    public int Count { get; private set; }

    /// <summary>Takes two GiB and more.</summary>
    public bool IsLarge => _chunks.Count >= ChunksMax;

    public void Clear()
    {
        Array.Clear(_slots);
        _chunks.Clear();
        _used = ChunkWords;
        Count = 0;
    }

    /// <summary>Notes the state that the runner is in. False: it was reached with as few preemptions before.</summary>
    public bool Add(Runner runner, int current, int preemptions)
    {
        if (Count * 2 >= _slots.Length) { Grow(); }
        _key.Clear();
        runner.WriteKey(current, _key);
        ReadOnlySpan<ulong> key = CollectionsMarshal.AsSpan(_key);
        ulong at = _hash(runner.Key(current));
        for (int i = (int)at & (_slots.Length - 1); ; i = (i + 1) & (_slots.Length - 1))
        {
            ref Slot slot = ref _slots[i];
            if (slot.Length == 0)
            {
                slot = new Slot { Hash = at, Length = key.Length, Preemptions = preemptions };
                (slot.Chunk, slot.Offset) = Store(key);
                Count++;
                return true;
            }
            if (slot.Hash != at || !key.SequenceEqual(_chunks[slot.Chunk].AsSpan(slot.Offset, slot.Length))) { continue; }
            if (slot.Preemptions <= preemptions) { return false; }
            slot.Preemptions = preemptions;
            return true;
        }
    }

    private (int Chunk, int Offset) Store(ReadOnlySpan<ulong> key)
    {
        if (_used + key.Length > ChunkWords)
        {
            _chunks.Add(new ulong[Math.Max(ChunkWords, key.Length)]);
            _used = 0;
        }
        int offset = _used;
        key.CopyTo(_chunks[^1].AsSpan(offset));
        _used += key.Length;
        return (_chunks.Count - 1, offset);
    }

    private void Grow()
    {
        Slot[] old = _slots;
        _slots = new Slot[old.Length * 2];
        foreach (Slot slot in old)
        {
            if (slot.Length == 0) { continue; }
            int i = (int)slot.Hash & (_slots.Length - 1);
            while (_slots[i].Length != 0) { i = (i + 1) & (_slots.Length - 1); }
            _slots[i] = slot;
        }
    }

    private struct Slot
    {
        public ulong Hash;
        public int Chunk;
        public int Offset;
        public int Length;
        public int Preemptions;
    }
}
