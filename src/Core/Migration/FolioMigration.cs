using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>One folio's place and contents change hands: folio_migrate_mapping, the copy, folio_migrate_flags. Both folios are locked, the source is unmapped.</summary>
/// <remarks>
/// The count is expected + 1 when nobody but the caches and the migrator refers to the source; see sections 1.4 and 5.6 of the reference.
/// An anonymous folio has no slot that leads to it, so the test of its count is enough: who takes a reference after it came by a stale hint
/// and drops it again. A folio of a page cache is frozen while the slot changes, so a lookup finds the old one before or the new one after.
/// </remarks>
internal sealed class FolioMigration(EngineBase engine, PageCaches caches, FrameContents contents)
{
    private const PageFlags Copied =
        PageFlags.Referenced | PageFlags.Uptodate | PageFlags.Dirty | PageFlags.Workingset | PageFlags.Young | PageFlags.Idle | PageFlags.Reclaim;

    private const PageFlags CopiedOfFiles = PageFlags.OwnerPriv1 | PageFlags.Owner2;

    private readonly FrameTable _frames = engine.Frames;
    private readonly bool _copyFirst = engine.Policy.CopyOrder == CopyOrder.CopyThenFreeze;
    private readonly bool _probe = engine.Policy.DrainProbe;

    /// <summary>The check of the count and the copy of a folio whose <see cref="Move"/> follows, without another between that would wait for memory. False: not done, which says nothing.</summary>
    /// <remarks>
    /// Nobody who may write gets to an unmapped folio after the check: who takes a reference came by a stale hint. So it does not matter how long
    /// after it the copy and the rest follow, and no order changes for the folio: the check, then the copy, then its place.
    /// </remarks>
    public bool TryCopyAhead(Pfn source, Pfn target)
    {
        PageFlags flags = _frames.Flags(source).Read();
        long mapping = _frames.Mapping(source).Raw;
        bool plain = _copyFirst && !IsSwapCache(flags) && (flags & (PageFlags.HwPoison | PageFlags.Writeback | PageFlags.Private)) == 0;
        if (!plain || _frames.Ref(source).CountUnsafe != Expected(mapping, flags) + 1) { return false; }
        Copy(source, target);
        return true;
    }

    /// <summary>move_to_new_folio. Done: the destination is what the source was. Again and Busy: nothing has changed.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="source">Locked, unmapped, isolated.</param>
    /// <param name="target">Locked, of the caller alone.</param>
    /// <param name="mode">Whether it may wait.</param>
    /// <param name="copied">By <see cref="TryCopyAhead"/>, in this attempt.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public MigrateOutcome Move(TaskId task, Pfn source, Pfn target, MigrateMode mode, bool copied)
    {
        PageFlags flags = _frames.Flags(source).Read();
        long mapping = _frames.Mapping(source).Raw;
        bool anon = MappingWord.IsAnon(mapping);
        bool swapCache = IsSwapCache(flags);

        // What is broken cannot be read to be copied.
        if ((flags & PageFlags.HwPoison) != 0) { return Fail(task, EventCounter.MigrateUnsupported, MigrateOutcome.Busy); }

        // In a file's cache and in the swap cache at once: only shared memory on its way out is, and nobody here takes it there.
        if (swapCache && mapping != 0 && !anon) { return Fail(task, EventCounter.MigrateUnsupported, MigrateOutcome.Busy); }
        bool privateData = mapping != 0 && !anon && (flags & PageFlags.Private) != 0;
        if (privateData && caches.PrivateDataOf(CacheOf(mapping)) == PrivateData.Stays) { return Fallback(task, flags, mode); }
        Bug.If((flags & PageFlags.Writeback) != 0, ViolationKind.Unexpected, "migration of a folio under writeback", source.Value);
        Bug.If(_frames.Map(source).Count != 0, ViolationKind.MapcountMismatch, "a folio is moved that is still mapped", source.Value);

        int references = Expected(mapping, flags) + 1;
        if (!copied && !CountIs(source, references)) { return Fail(task, EventCounter.MigratePinned, MigrateOutcome.Again); }
        if (_copyFirst && !copied) { Copy(source, target); }
        if (swapCache)
        {
            if (!TryTakeSwapPlace(source, target, mapping, references)) { return Fail(task, EventCounter.MigrateFreezeFailed, MigrateOutcome.Again); }
        }
        else if (mapping == 0 || anon) { TakePlaceUnmarked(source, target, mapping); }
        else if (!TryTakeSlot(task, source, target, mapping, references)) { return Fail(task, EventCounter.MigrateFreezeFailed, MigrateOutcome.Again); }
        if (!_copyFirst) { Copy(source, target); }
        if (privateData) { TransferPrivate(source, target); }
        TransferFlags(source, target, anon, PageFlags.Swapbacked);

        // An anonymous folio stays one until it is freed: a walker that finds it by its frame number must not take it for a file's.
        if (!anon) { _frames.Mapping(source).SetLocked(0); }
        return MigrateOutcome.Done;
    }

    /// <summary>folio_migrate_flags: what goes along, what moves, and what stays behind. Section 5.7.</summary>
    /// <remarks>
    /// Active and Unevictable ride on an isolated folio and move, so that the source is freed without them. Never transferred: Locked, Waiters,
    /// Lru, Head; HwPoison never gets here, Mlocked goes along when the move is finished. Reclaim is readahead here: it means writeback only on a folio that is under writeback.
    /// </remarks>
    public void TransferFlags(Pfn source, Pfn target, bool anon, PageFlags also = PageFlags.None)
    {
        PageFlags flags = _frames.Flags(source).Read();
        PageFlags moved = flags & (PageFlags.Active | PageFlags.Unevictable);
        Bug.If(moved == (PageFlags.Active | PageFlags.Unevictable), ViolationKind.FlagContradiction, "folio both active and unevictable", source.Value);

        // Owner2 of an anonymous folio is its exclusivity, which the entries carry.
        PageFlags copied = flags & (anon ? Copied | also : Copied | CopiedOfFiles | also);
        if ((copied | moved) != 0) { _frames.Flags(target).Set(copied | moved); }
        if (moved != 0 && !Plant.Is(PlantedBug.FlagTransferCopies)) { _frames.Flags(source).Clear(moved); }
        _frames.SetPrivateLocked(source, 0);
    }

    // Swap-backed is a flag of the place: here it comes with the others, since nothing leads to the target before.
    private void TakePlaceUnmarked(Pfn source, Pfn target, long mapping)
    {
        _frames.SetIndexLocked(target, _frames.IndexLocked(source));
        _frames.Mapping(target).SetLocked(mapping);
    }

    /// <summary>References that the words of an unmapped order-0 folio explain. Without its isolation.</summary>
    private static int Expected(long mapping, PageFlags flags)
    {
        int swap = IsSwapCache(flags) ? 1 : 0;
        if (MappingWord.IsAnon(mapping)) { return swap; }
        return swap + (mapping != 0 ? 1 : 0) + ((flags & PageFlags.Private) != 0 ? 1 : 0);
    }

    private static bool IsSwapCache(PageFlags flags) =>
        (flags & (PageFlags.Swapbacked | PageFlags.OwnerPriv1)) == (PageFlags.Swapbacked | PageFlags.OwnerPriv1);

    // fallback_migrate_folio: nobody here writes out dirty pages or can let go of buffers.
    private MigrateOutcome Fallback(TaskId task, PageFlags flags, MigrateMode mode)
    {
        if ((flags & PageFlags.Dirty) != 0) { return Fail(task, EventCounter.MigrateDirty, MigrateOutcome.Busy); }
        return Fail(task, EventCounter.MigratePrivateBusy, mode == MigrateMode.Sync ? MigrateOutcome.Again : MigrateOutcome.Busy);
    }

    private static CacheId CacheOf(long mapping) => new((int)MappingWord.OwnerOf(mapping));

    // The data, its mark and its reference. Both are locked, so nobody looks for the data meanwhile.
    private void TransferPrivate(Pfn source, Pfn target)
    {
        _frames.SetPrivateLocked(target, _frames.PrivateLocked(source));
        _frames.Ref(target).Get();
        _frames.Flags(target).Set(PageFlags.Private);
        _frames.Flags(source).Clear(PageFlags.Private);
        bool last = _frames.Ref(source).PutTestZero();
        Bug.If(last, ViolationKind.RefUnderflow, "private data was the last to refer to a folio that is migrated", source.Value);
    }

    private void Copy(Pfn source, Pfn target)
    {
        if (!Plant.Is(PlantedBug.CopyLeftOut)) { contents.Copy(source, target); }
    }

    // No freeze: nothing leads a stranger to an unmapped anonymous folio.
    private void TakePlace(Pfn source, Pfn target, long mapping)
    {
        TakePlaceUnmarked(source, target, mapping);
        if (_frames.Flags(source).Has(PageFlags.Swapbacked)) { _frames.Flags(target).Set(PageFlags.Swapbacked); }
    }

    // There is no swap here, hence no slot that leads to such a folio: it comes from an import. Its mark, its entry and the cache's reference change hands.
    private bool TryTakeSwapPlace(Pfn source, Pfn target, long mapping, int references)
    {
        if (!_frames.Ref(source).TryFreeze(references)) { return false; }
        TakePlace(source, target, mapping);
        _frames.Ref(target).Get();
        _frames.Flags(target).Set(PageFlags.OwnerPriv1);
        _frames.SetPrivateLocked(target, _frames.PrivateLocked(source));
        _frames.Flags(source).Clear(PageFlags.OwnerPriv1);
        _frames.Ref(source).Unfreeze(references - 1);
        return true;
    }

    // False: somebody holds a reference, or the tree changed its mind. Nothing sleeps under the tree lock.
    private bool TryTakeSlot(TaskId task, Pfn source, Pfn target, long mapping, int references)
    {
        CacheId cache = CacheOf(mapping);
        WordLock tree = caches.TreeLock(cache);
        tree.Lock(task);

        // A lookup that took its reference before makes this fail; one that comes later finds the count at zero and looks again.
        while (!_frames.Ref(source).TryFreeze(references))
        {
            tree.Unlock(task);
            engine.Events.Count(task, EventCounter.RefFreezeFailed);
            if (!_probe) { return false; }
            AwaitCount(source, references);
            tree.Lock(task);
        }
        Atomic.Note("frozen");
        TakePlace(source, target, mapping);
        _frames.Ref(target).Get();
        if (_frames.Flags(source).TestAndClear(PageFlags.Dirty) && !Plant.Is(PlantedBug.DirtyLost)) { _frames.Flags(target).Set(PageFlags.Dirty); }
        if (!Plant.Is(PlantedBug.CacheKeepsOldFolio)) { caches.ReplaceLocked(cache, _frames.IndexLocked(source), target); }
        _frames.Ref(source).Unfreeze(Plant.Is(PlantedBug.MoveKeepsCacheReference) ? references : references - 1);
        tree.Unlock(task);
        engine.Events.Count(task, EventCounter.RefFrozen);
        return true;
    }

    private bool CountIs(Pfn folio, int references)
    {
        if (_frames.Ref(folio).CountUnsafe == references) { return true; }
        if (!_probe) { return false; }
        AwaitCount(folio, references);
        return true;
    }

    // An exploration that gets stuck here names who keeps the reference until the lock is given back.
    private void AwaitCount(Pfn folio, int references)
    {
        int spins = 0;
        FolioRef count = _frames.Ref(folio);
        for (int seen = count.CountUnsafe; seen != references; seen = count.CountUnsafe) { count.SpinWhile(seen, ref spins); }
    }

    private MigrateOutcome Fail(TaskId task, EventCounter reason, MigrateOutcome outcome)
    {
        engine.Events.Count(task, reason);
        return outcome;
    }
}
