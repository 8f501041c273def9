using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Many single frames at once, past the CPU's lists: sorted, so that frames of a row, a block and a tree share an operation each.</content>
internal sealed partial class FrameAllocator
{
    /// <summary>Frames that are sorted together: as many as a tree has.</summary>
    public const int BatchFramesMax = 4096;

    // Far enough for words to arrive from memory.
    private const int FramesAhead = 24;

    /// <summary>Frees single frames: as <see cref="Free"/> of each, in some order.</summary>
    /// <remarks>
    /// The caller dropped the last reference of each and owns it alone. Bad frames are reported and leaked, each alone, after the others are free.
    /// Lock-free. A batch is in no CPU's guard and leaves nothing in a CPU's list, so a drain neither waits for it nor misses a frame.
    /// Pays when the words of the frames are in no cache, or many frames are of the same blocks.
    /// </remarks>
    public void FreeBatch(TaskId task, ReadOnlySpan<Pfn> frames)
    {
        if (frames.Length < _batchFramesMin)
        {
            foreach (Pfn pfn in frames) { FreeOne(task, pfn); }
            return;
        }
        InBatches(task, frames, put: false);
    }

    /// <summary>Drops a reference of each of some single frames, and frees those of which it was the last: as <see cref="Put"/> of each, in some order.</summary>
    /// <remarks>As <see cref="FreeBatch"/>, but a frame's words are come for once.</remarks>
    public void PutBatch(TaskId task, ReadOnlySpan<Pfn> frames)
    {
        if (frames.Length < _batchFramesMin)
        {
            foreach (Pfn pfn in frames)
            {
                if (_table.Ref(pfn).PutTestZero()) { FreeOne(task, pfn); }
            }
            return;
        }
        InBatches(task, frames, put: true);
    }

    private void InBatches(TaskId task, ReadOnlySpan<Pfn> frames, bool put)
    {
        Span<int> numbers = stackalloc int[Math.Min(frames.Length, BatchFramesMax)];
        Span<int> spare = stackalloc int[numbers.Length];
        while (!frames.IsEmpty)
        {
            Span<int> batch = numbers[..Math.Min(frames.Length, BatchFramesMax)];
            for (int i = 0; i < batch.Length; i++) { batch[i] = frames[i].Value; }
            FrameSort.ByBlock(batch, spare, _blockOrder);

            // Each task begins elsewhere: two that walk through the same trees at the same time would take every line from each other.
            int start = StartOf(task, batch.Length);
            int freed = 0;
            int bads = 0;
            FreeSorted(task, batch[start..], put, ref freed, spare, ref bads);
            FreeSorted(task, batch[..start], put, ref freed, spare, ref bads);
            if (freed != 0) { _events.Count(task, EventCounter.PgFree, freed); }

            // One by one, which says what is wrong with each.
            foreach (int frame in spare[..bads]) { FreeDirty(task, new Pfn(frame)); }
            frames = frames[batch.Length..];
        }
    }

    // What exploration sees is what runs: whether frames share an operation is up to where they lie.
    private void FreeSorted(TaskId task, ReadOnlySpan<int> frames, bool put, ref int freed, Span<int> bad, ref int bads)
    {
        Span<ulong> counts = stackalloc ulong[_shared.PairsPerTree];
        counts.Clear();
        for (int at = 0; at < frames.Length;)
        {
            int before = freed;
            int tree = _shared.TreeOf(new Pfn(frames[at]));
            Claim claim = Claim.None;
            for (; at < frames.Length && _shared.TreeOf(new Pfn(frames[at])) == tree; at++)
            {
                if (at + FramesAhead < frames.Length) { Prefetch(new Pfn(frames[at + FramesAhead])); }
                Pfn pfn = new(frames[at]);
                if (put && !_table.Ref(pfn).PutTestZero()) { continue; }
                if (!_lives.TryEnd(pfn) && !_lives.TryEndUsed(pfn) && !TryEndWiped(pfn))
                {
                    bad[bads++] = pfn.Value;
                    continue;
                }
                freed++;
                int row = _shared.RowOf(pfn);
                if (row != claim.Row || claim.IsNone)
                {
                    if (!claim.IsNone) { _shared.ClearBits(claim, counts); }
                    claim = new Claim(row, 0);
                }
                claim = claim with { Mask = claim.Mask | _shared.BitOf(pfn) };
            }
            if (freed == before) { continue; }
            _shared.ClearBits(claim, counts);
            GiveCleared(task, tree, counts);
        }
    }

    // Multiples of the golden section: far apart for any number of tasks.
    private static int StartOf(TaskId task, int frames) => (int)(((ulong)((uint)task.Value * 0x9E37_79B9u) * (uint)frames) >> 32);

    // What its owner may leave behind is wiped first. False: the frame is alive as it was, or free.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEndWiped(Pfn pfn)
    {
        if ((uint)pfn.Value >= (uint)_table.Frames || !FrameTable.IsAllocated(_table.GenerationPlain(pfn))) { return false; }
        if (_checks.IsPoisoned(pfn) || _checks.PrepareFree(pfn) != ViolationKind.None) { return false; }
        _table.EndLife(pfn);
        return true;
    }

    private void GiveCleared(TaskId task, int tree, Span<ulong> counts)
    {
        ulong treeNow = _shared.GiveCleared(tree, counts, out ulong given, out int isolated);
        if (isolated != 0) { _events.Count(task, EventCounter.IsolatedFree, isolated); }
        if (Seam.Exploring || given == 0) { return; }
        CpuId cpu = _cpus.CpuOf(task);
        for (MigrateType type = 0; type < (MigrateType)MigrateTypes.Count; type++)
        {
            int counted = TreeWord.Free(given, type);
            if (counted != 0 && _search.IsReservedElsewhere(cpu, tree, type, treeNow)) { _events.Count(task, EventCounter.RemoteFree, counted); }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(Pfn pfn)
    {
        if (Seam.On || (uint)pfn.Value >= (uint)_table.Frames) { return; }
        _lives.Prefetch(pfn);
        _shared.Prefetch(pfn);
    }
}
