using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Many single frames at once, without the CPU's lists: sorted, so that frames of a row, a block and a tree share an operation each.</content>
internal sealed partial class FrameAllocator
{
    /// <summary>Frames that are freed together at most: as many as a tree has, and two of them and their order fit into a near cache.</summary>
    public const int BatchFramesMax = 4096;

    // Fewer are as cheap one by one, and stay with the CPU.
    private const int BatchFramesMin = 8;

    // Far enough for a record to arrive from memory.
    private const int RecordsAhead = 12;

    /// <summary>Frees single frames: as <see cref="Free"/> of each, in some order. Dirty the span as you like afterwards.</summary>
    /// <remarks>
    /// The caller dropped the last reference of each and owns it alone. Bad frames are reported and leaked, each alone, after the others are free.
    /// Lock-free; nobody waits for a batch, which is in no CPU's guard and leaves nothing in a CPU's list, so a drain has nothing to find.
    /// Pays when the frames are many for the blocks that they come from, or in no cache: their words are asked for ahead, and nothing locked
    /// stands between the checks of one and of the next.
    /// </remarks>
    public void FreeBatch(TaskId task, ReadOnlySpan<Pfn> frames)
    {
        if (frames.Length < BatchFramesMin && !Seam.Exploring)
        {
            foreach (Pfn pfn in frames) { FreeOne(task, pfn); }
            return;
        }
        Span<int> numbers = stackalloc int[Math.Min(frames.Length, BatchFramesMax)];
        Span<int> spare = stackalloc int[numbers.Length];
        while (frames.Length > BatchFramesMax)
        {
            FreeTogether(task, frames[..BatchFramesMax], numbers, spare);
            frames = frames[BatchFramesMax..];
        }
        FreeTogether(task, frames, numbers, spare);
    }

    private void FreeTogether(TaskId task, ReadOnlySpan<Pfn> frames, Span<int> numbers, Span<int> spare)
    {
        int ended = EndLives(frames, numbers);
        Span<int> bad = numbers[ended..frames.Length];
        GiveTogether(task, numbers[..ended], spare);

        // One by one, which says what is wrong with each; the last one was found first.
        for (int i = bad.Length - 1; i >= 0; i--) { FreeDirty(task, new Pfn(bad[i])); }
    }

    // Stores only, so that the next frames' words arrive meanwhile. Those that ended come to the front; at the back, still alive, what needs a closer look.
    private int EndLives(ReadOnlySpan<Pfn> frames, Span<int> numbers)
    {
        FrameLives lives = _lives;
        int ended = 0;
        int bad = frames.Length;
        for (int i = 0; i < frames.Length; i++)
        {
            if (i + RecordsAhead < frames.Length) { lives.Prefetch(frames[i + RecordsAhead]); }
            Pfn pfn = frames[i];
            if (lives.TryEnd(pfn) || TryEndWiped(pfn)) { numbers[ended++] = pfn.Value; }
            else { numbers[--bad] = pfn.Value; }
        }
        return ended;
    }

    // Flags that its owner may leave behind.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEndWiped(Pfn pfn)
    {
        if (!FrameTable.IsAllocated(_table.GenerationPlain(pfn)) || !_checks.TryFreeClean(pfn)) { return false; }
        _table.EndLife(pfn);
        return true;
    }

    // What exploration sees is what runs: that several frames share an operation is up to which frames there are.
    private void GiveTogether(TaskId task, Span<int> numbers, Span<int> spare)
    {
        if (numbers.IsEmpty) { return; }
        _events.Count(task, EventCounter.PgFree, numbers.Length);
        FrameSort.ByRow(numbers, spare, _shared.RowOrder);
        ReadOnlySpan<int> left = numbers;
        while (!left.IsEmpty)
        {
            ulong treeNow = _shared.GiveOfTree(ref left, out int tree, out ulong given, out int isolated);
            if (isolated != 0) { _events.Count(task, EventCounter.IsolatedFree, isolated); }
            if (!Seam.Exploring) { CountRemote(task, tree, treeNow, given); }
        }
    }

    private void CountRemote(TaskId task, int tree, ulong treeNow, ulong given)
    {
        CpuId cpu = _cpus.CpuOf(task);
        for (MigrateType type = 0; type < (MigrateType)MigrateTypes.Count; type++)
        {
            int frames = TreeWord.Free(given, type);
            if (frames != 0 && _search.IsReservedElsewhere(cpu, tree, type, treeNow)) { _events.Count(task, EventCounter.RemoteFree, frames); }
        }
    }
}
