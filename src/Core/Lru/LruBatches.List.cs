using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The flush of an add batch: every folio on its list, or freed if nobody wants it any more.</summary>
internal sealed partial class LruBatches
{
    // Flags that a folio on its way to a list seldom has.
    private const PageFlags Unusual = PageFlags.Lru | PageFlags.Mlocked | PageFlags.Unevictable;

    // What a flags word says of the list that the folio goes to, and that it is no large one. Neighbours of a batch mostly go to the same list.
    private const uint PlaceMask = (uint)(Unusual | PageFlags.Head | PageFlags.Swapbacked | PageFlags.Active) | ~((1u << PageFlagsLayout.FlagBits) - 1);
    private const uint NoPlace = (uint)Unusual;

    // Folios are linked to each other before the lock is taken, and set into their lists in one go: under it nothing is done for each of them.
    // Alternating nodes cost one lock pair each. The flag that lets others take a folio off again comes after, with the put.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ListAll(TaskId task, Span<int> parked)
    {
        FolioChains chains = default;
        LruKind kind = default;
        uint place = NoPlace;
        int node = -1;
        int frozen = 0;
        for (int i = 0; i < parked.Length; i++)
        {
            if (place != NoPlace)
            {
                i += LinkAlike(parked[i..], place, ref chains[(int)kind]);
                if (i == parked.Length) { break; }
            }
            Pfn head = new(Atomic.PlainLoad(ref parked[i]) - 1);
            FolioWord word = _words[head];
            if (word.CountUnsafe == 1 && TryFreezeDead(task, head))
            {
                Atomic.PlainStore(ref parked[i], -(head.Value + 1));
                frozen++;
                continue;
            }
            uint raw = word.Raw;
            PageFlags flags = (PageFlags)raw & PageFlags.All;
            if ((flags & Unusual) != 0) { flags = Cull(task, head, flags); }
            int own = lru.NodeOf(head);
            if (own != node)
            {
                if (node >= 0) { lru.AddChains(task, node, ref chains); }
                node = own;
            }
            kind = LruVecs.KindOf(flags);
            place = kind == LruKind.Unevictable ? NoPlace : raw & PlaceMask & ~(uint)(Unusual | PageFlags.Head);
            ref FolioChain chain = ref chains[(int)kind];
            chain.Pages += lru.PagesOf(head);
            if (kind != LruKind.Unevictable) { chain.Push(head, _links.Columns); }
            if (Plant.Is(PlantedBug.LruFlagBeforeList)) { _frames.Flags(head).Set(PageFlags.Lru); }
        }
        int listed = parked.Length - frozen;
        if (listed == 0) { return; }
        lru.AddChains(task, node, ref chains);
        _events.Count(task, EventCounter.LruAdded, listed);
        if (Plant.Is(PlantedBug.PutUnderLruLock)) { PutUnderLock(task, parked, node); }
    }

    // Puts folios in front of a chain that is not empty, while they are single frames with several holders and go to the same list. How many they were.
    // A method of its own, without calls: all it needs stays in registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int LinkAlike(Span<int> parked, uint place, ref FolioChain chain)
    {
        if (Plant.Is(PlantedBug.LruFlagBeforeList)) { return 0; }
        FolioWords words = _words;
        LinkColumns links = _links.Columns;
        int first = chain.First;
        int i = 0;
        for (; i < parked.Length; i++)
        {
            Pfn head = new(Atomic.PlainLoad(ref parked[i]) - 1);
            FolioWord word = words[head];
            if ((word.Raw & PlaceMask) != place || word.CountUnsafe == 1) { break; }
            first = links.PushOnto(first, head);
        }
        chain.First = first;
        chain.Folios += i;
        chain.Pages += i;
        return i;
    }

    // No lru lock is held: a put may free, and freeing takes one. An entry below zero was frozen.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PutListed(TaskId task, Span<int> parked)
    {
        PageFlags listed = Plant.Is(PlantedBug.LruBitLost) ? PageFlags.None : PageFlags.Lru;
        FolioWords words = _words;
        for (int i = 0; i < parked.Length; i++)
        {
            int word = Atomic.PlainLoad(ref parked[i]);
            if (Seam.On) { Atomic.PlainStore(ref parked[i], 0); }
            if (word <= 0)
            {
                if (word != 0) { ReleaseDead(task, new Pfn(-word - 1)); }
                continue;
            }
            Pfn head = new(word - 1);
            if (Seam.NotesHolders) { _ledger.Drop(task, head, RefHolder.Batch); }

            // Pairs with LruIsolation.TakeOff: the folio is linked before it is anybody's again.
            if (Plant.Is(PlantedBug.BatchLeaksReference) && i == 0) { _frames.Flags(head).Set(listed); }
            else if (words.Known(head).SetAndPut(listed)) { folios.Release(task, head); }
        }
        if (!Seam.On) { parked.Clear(); }
    }

    // True: nobody but the batch referred to the folio, and now nobody can. It is off the LRU, so nobody else will clear what it was isolated with.
    private bool TryFreezeDead(TaskId task, Pfn head)
    {
        DeadFolioDrain policy = engine.Policy.DeadFolioDrain;
        if (policy == DeadFolioDrain.List || !_frames.Ref(head).TryFreeze(1)) { return false; }
        if (policy == DeadFolioDrain.FreezeAndFree) { folios.ClearLruFlags(head); }
        _events.Count(task, EventCounter.LruFreedInBatch);
        return true;
    }

    private void ReleaseDead(TaskId task, Pfn head)
    {
        _ledger.Drop(task, head, RefHolder.Batch);
        folios.Release(task, head);
    }

    // Evictable is what is not mlocked, and an unevictable folio is not active. The flags as they are from here on.
    private PageFlags Cull(TaskId task, Pfn head, PageFlags flags)
    {
        Bug.If((flags & PageFlags.Lru) != 0, ViolationKind.BrokenList, "folio added to the LRU that is on it", head.Value);
        FlagsWord word = _frames.Flags(head);
        if ((flags & PageFlags.Mlocked) == 0)
        {
            word.Clear(PageFlags.Unevictable);
            _events.Count(task, EventCounter.UnevictableRescued);
            return flags & ~PageFlags.Unevictable;
        }
        Clear(word, flags & PageFlags.Active);
        if ((flags & PageFlags.Unevictable) == 0)
        {
            word.Set(PageFlags.Unevictable);
            _events.Count(task, EventCounter.UnevictableCulled);
        }
        return (flags & ~PageFlags.Active) | PageFlags.Unevictable;
    }

    // A planted mistake.
    private void PutUnderLock(TaskId task, Span<int> parked, int node)
    {
        WordLock own = lru.LockOf(node);
        own.Lock(task);
        PutListed(task, parked);
        own.Unlock(task);
    }
}
