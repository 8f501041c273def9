using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Rings in the arena through which each task passes folios on to a few others: one writer and one reader each.</summary>
/// <remarks>An entry owns one reference; 0 is none. Wait-free on both sides.</remarks>
internal sealed class HandoffRings
{
    private const int SlotsPerRing = 64;
    private const int PeersMax = 4;

    private readonly Column<long> _slots;
    private readonly PaddedColumn<int> _written; // by the sender alone
    private readonly PaddedColumn<int> _read; // by the receiver alone

    public HandoffRings(Arena arena, int tasks)
    {
        Tasks = tasks;
        Peers = Math.Min(tasks - 1, PeersMax);
        int rings = Math.Max(1, tasks * Peers);
        _slots = arena.Add<long>("handoff", rings * SlotsPerRing, ColumnKind.State);
        _written = arena.AddPadded<int>("handoff_written", rings, ColumnKind.State);
        _read = arena.AddPadded<int>("handoff_read", rings, ColumnKind.State);
    }

    public int Tasks { get; }

    /// <summary>Rings that each task writes to, and as many that it reads from.</summary>
    public int Peers { get; }

    public static long BytesFor(int tasks) => (long)Math.Max(1, tasks * PeersMax) * ((SlotsPerRing * sizeof(long)) + 512);

    /// <summary>Passes an entry on. False: the ring is full, and the caller keeps it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySend(TaskId from, int peer, long entry)
    {
        int ring = (from.Value * Peers) + peer;
        int at = Atomic.PlainLoad(ref _written[ring]);

        // Pairs with HandoffRings.TryReceive: to see the reader's count is to know that it no longer needs the slot.
        if (at - Atomic.Load(ref _read[ring]) >= SlotsPerRing) { return false; }
        Atomic.PlainStore(ref _slots[(ring * SlotsPerRing) + (at & (SlotsPerRing - 1))], entry);
        Atomic.Store(ref _written[ring], at + 1);
        return true;
    }

    /// <summary>Takes an entry from one of the rings that lead here. False: it is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReceive(TaskId to, int peer, out long entry)
    {
        // Peer p of a sender is the task p + 1 after it.
        int sender = to.Value - peer - 1;
        int ring = ((sender < 0 ? sender + Tasks : sender) * Peers) + peer;
        int at = Atomic.PlainLoad(ref _read[ring]);

        // Pairs with HandoffRings.TrySend: to see the writer's count is to see the entry.
        if (at == Atomic.Load(ref _written[ring]))
        {
            entry = 0;
            return false;
        }
        entry = Atomic.PlainLoad(ref _slots[(ring * SlotsPerRing) + (at & (SlotsPerRing - 1))]);
        Atomic.Store(ref _read[ring], at + 1);
        return true;
    }

    /// <summary>Visits what is under way. At rest only.</summary>
    public void ForEachAtRest(Action<long> visit)
    {
        for (int ring = 0; ring < Tasks * Peers; ring++)
        {
            for (int at = Atomic.PlainLoad(ref _read[ring]); at != Atomic.PlainLoad(ref _written[ring]); at++)
            {
                visit(Atomic.PlainLoad(ref _slots[(ring * SlotsPerRing) + (at & (SlotsPerRing - 1))]));
            }
        }
    }
}
