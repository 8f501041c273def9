using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>try_to_migrate: a migration entry in each place that maps a folio.</summary>
/// <remarks>
/// Walks hold the rmap lock of what the folio's mapping names: VMAs of the walk stay linked, hence their tables stay. Not so for merged folios: a zap
/// takes a place off the node's list without its lock, and the VMA may go away behind the walker. Slots and tables are type-stable, and what the
/// walker finds in them is compared with the folio under the table's lock.
/// </remarks>
internal sealed partial class Rmap
{
    /// <summary>try_to_migrate of a locked order-0 folio: a migration entry in each place, reference and map count of each dropped. True: unmapped everywhere.</summary>
    /// <remarks>
    /// False: a page that may be pinned is mapped exclusively, or a fork made another place behind the walk. Entries made so far stay; the
    /// caller restores them with <see cref="RemoveMigrationEntries"/>. The caller has a reference of its own, isolation's.
    /// </remarks>
    /// <param name="task">The caller.</param>
    /// <param name="folio">Locked, order 0.</param>
    /// <param name="deferFlush">Flushes are left for <see cref="Tlb.FlushDeferred"/>.</param>
    public bool TryToMigrate(TaskId task, Pfn folio, bool deferFlush)
    {
        int anonVma = _anonVmas.TryGet(task, folio);
        bool unmapped = TryToMigrate(task, folio, anonVma, deferFlush);
        if (anonVma != 0) { _anonVmas.Put(task, anonVma); }
        return unmapped;
    }

    /// <summary>As above for a caller that has a reference on the folio's <paramref name="anonVma"/>; 0: the folio is not anonymous, or nobody maps it any more.</summary>
    public bool TryToMigrate(TaskId task, Pfn folio, int anonVma, bool deferFlush)
    {
        Bug.If(_engine.Frames.OrderOf(folio) != 0, ViolationKind.BrokenCompound, "migration entries for a large folio", folio.Value);
        long mapping = _engine.Frames.Mapping(folio).Raw;
        if (mapping != 0 && IsMapped(folio))
        {
            int owner = (int)MappingWord.OwnerOf(mapping);
            switch (MappingWord.TagOf(mapping))
            {
                case MappingTag.Anon: UnmapAnon(task, folio, anonVma, deferFlush); break;
                case MappingTag.Ksm: UnmapMerged(task, folio, owner, deferFlush); break;
                default: UnmapFile(task, folio, new CacheId(owner), deferFlush); break;
            }
        }
        return !IsMapped(folio) || Plant.Is(PlantedBug.FreezeBeforeUnmapComplete);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void UnmapAnon(TaskId task, Pfn folio, int anonVma, bool deferFlush)
    {
        if (anonVma == 0) { return; }
        long index = _engine.Frames.IndexLocked(folio);
        _anonVmas.Lock(task, anonVma);
        int link = _anonVmas.FirstLink(anonVma);
        while (link != 0)
        {
            Vma v = _vmas.Read(_anonVmas.VmaOf(link));
            if (!Unmap(task, folio, v, v.PageOf(index), anon: true, deferFlush)) { break; }
            link = _anonVmas.NextLink(link);
        }
        _anonVmas.Unlock(task, anonVma);
    }

    private void UnmapFile(TaskId task, Pfn folio, CacheId cache, bool deferFlush)
    {
        long index = _engine.Frames.IndexLocked(folio);
        _caches.LockMaps(task, cache);
        VmaId vma = _caches.FirstMapLocked(cache);
        while (!vma.IsNone)
        {
            Vma v = _vmas.Read(vma);
            if (!Unmap(task, folio, v, v.PageOf(index), anon: false, deferFlush)) { break; }
            vma = new VmaId(Atomic.PlainLoad(ref _vmas.CacheNext(vma)));
        }
        _caches.UnlockMaps(task, cache);
    }

    private void UnmapMerged(TaskId task, Pfn folio, int node, bool deferFlush)
    {
        _ksm.Lock(task, node);
        int item = _ksm.FirstItem(node);
        while (item != 0)
        {
            VmaId vma = _ksm.VmaOf(item);
            if (!vma.IsNone && !Unmap(task, folio, _vmas.Read(vma), _ksm.PageOf(item), anon: false, deferFlush)) { break; }
            item = _ksm.NextItem(item);
        }
        _ksm.Unlock(task, node);
    }

    /// <summary>One place. False: the walk ends here, for nothing maps the folio any more, or it cannot be unmapped.</summary>
    private bool Unmap(TaskId task, Pfn folio, Vma v, long page, bool anon, bool deferFlush)
    {
        if (!v.Contains(page)) { return true; }
        PteSlot slot = _tables.Find(v.Root, page);
        if (slot.IsNone) { return true; }
        WordLock table = _tables.LockOf(slot);
        table.Lock(task);
        Pte pte = _tables.Read(slot);
        if (!pte.IsPresent || pte.IsHuge || pte.Pfn != folio)
        {
            table.Unlock(task);
            return true;
        }

        // Pairs with Pins.TryPinFast: the entry goes before the count is read; a pin raises the count before it reads the entry again.
        Pte old = _tables.GetAndClear(slot);
        if (deferFlush) { _tlb.DeferFlush(task, v.Mm, page); }
        else { _tlb.FlushPage(task, v.Mm, page); }
        FrameTable frames = _engine.Frames;
        FlagsWord flags = frames.Flags(folio);
        PageFlags dirty = old.IsDirty ? PageFlags.Dirty : PageFlags.None;
        bool exclusive = anon && flags.Has(PageFlags.Owner2);
        if (exclusive && Pins.MaybePinned(frames, folio))
        {
            flags.Set(dirty);
            _tables.Set(slot, old);
            table.Unlock(task);
            _engine.Events.Count(task, EventCounter.MigratePinned);
            return false;
        }
        flags.Change(dirty, exclusive ? PageFlags.Owner2 : PageFlags.None);
        MigrationKind kind = old.IsWritable ? MigrationKind.Write : exclusive ? MigrationKind.ReadExclusive : MigrationKind.Read;
        _tables.Set(slot, Pte.Migration(folio, kind, old.IsYoung, old.IsDirty));
        bool unmapped = frames.Map(folio).Remove();
        bool last = frames.Ref(folio).PutTestZero();
        Bug.If(last, ViolationKind.RefUnderflow, "a folio is migrated without a reference of the migrator", folio.Value);
        table.Unlock(task);
        return !unmapped && !Plant.Is(PlantedBug.FreezeBeforeUnmapComplete);
    }
}
