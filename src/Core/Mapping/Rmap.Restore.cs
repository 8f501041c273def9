using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>remove_migration_ptes: what was mapped before is mapped again.</summary>
internal sealed partial class Rmap
{
    /// <summary>remove_migration_ptes: every entry that names <paramref name="source"/> becomes a mapping of <paramref name="target"/>, with a reference.</summary>
    /// <remarks>
    /// Both are locked, the target has the source's mapping and index; the two are one at a rollback. The caller has a reference on the
    /// anon_vma that the mapping names, for nothing else may keep it. A place that was unmapped meanwhile has no entry, and is owed nothing.
    /// No flush: the entries were not present.
    /// </remarks>
    public void RemoveMigrationEntries(TaskId task, Pfn source, Pfn target)
    {
        long mapping = _engine.Frames.Mapping(target).Raw;
        if (mapping == 0) { return; }
        int owner = (int)MappingWord.OwnerOf(mapping);
        switch (MappingWord.TagOf(mapping))
        {
            case MappingTag.Anon: RestoreAnon(task, source, target, owner); break;
            case MappingTag.Ksm: RestoreMerged(task, source, target, owner); break;
            default: RestoreFile(task, source, target, new CacheId(owner)); break;
        }
    }

    private void RestoreAnon(TaskId task, Pfn source, Pfn target, int anonVma)
    {
        long index = _engine.Frames.IndexLocked(target);
        bool forget = ForgetsOne(source, target);
        _anonVmas.Lock(task, anonVma);
        int link = _anonVmas.FirstLink(anonVma);
        while (link != 0)
        {
            Vma v = _vmas.Read(_anonVmas.VmaOf(link));
            forget &= !Restore(task, source, target, v, v.PageOf(index), anon: true, forget);
            link = _anonVmas.NextLink(link);
        }
        _anonVmas.Unlock(task, anonVma);
    }

    private void RestoreFile(TaskId task, Pfn source, Pfn target, CacheId cache)
    {
        long index = _engine.Frames.IndexLocked(target);
        bool forget = ForgetsOne(source, target);
        _caches.LockMaps(task, cache);
        VmaId vma = _caches.FirstMapLocked(cache);
        while (!vma.IsNone)
        {
            Vma v = _vmas.Read(vma);
            forget &= !Restore(task, source, target, v, v.PageOf(index), anon: false, forget);
            vma = new VmaId(Atomic.PlainLoad(ref _vmas.CacheNext(vma)));
        }
        _caches.UnlockMaps(task, cache);
    }

    private void RestoreMerged(TaskId task, Pfn source, Pfn target, int node)
    {
        bool forget = ForgetsOne(source, target);
        _ksm.Lock(task, node);
        int item = _ksm.FirstItem(node);
        while (item != 0)
        {
            VmaId vma = _ksm.VmaOf(item);
            if (!vma.IsNone) { forget &= !Restore(task, source, target, _vmas.Read(vma), _ksm.PageOf(item), anon: false, forget); }
            item = _ksm.NextItem(item);
        }
        _ksm.Unlock(task, node);
    }

    /// <summary>One place. True: there was an entry to restore.</summary>
    private bool Restore(TaskId task, Pfn source, Pfn target, Vma v, long page, bool anon, bool forget)
    {
        if (!v.Contains(page)) { return false; }
        PteSlot slot = _tables.Find(v.Root, page);
        if (slot.IsNone) { return false; }
        WordLock table = _tables.LockOf(slot);
        table.Lock(task);
        Pte entry = _tables.Read(slot);
        if (!entry.IsMigration || entry.Pfn != source)
        {
            table.Unlock(task);
            return false;
        }
        if (forget)
        {
            if (source == target) { _tables.GetAndClear(slot); }
            table.Unlock(task);
            return true;
        }
        FrameTable frames = _engine.Frames;
        bool late = Plant.Is(PlantedBug.RestoreCountsLate);
        if (!late) { Count(target); }
        FlagsWord flags = frames.Flags(target);
        if (anon && entry.Kind != MigrationKind.Read) { flags.Set(PageFlags.Owner2); }
        bool writable = (entry.Kind == MigrationKind.Write || Plant.Is(PlantedBug.RestoreWritable)) && (v.Flags & VmaFlags.Write) != 0;
        bool dirty = entry.IsDirty && flags.Has(PageFlags.Dirty);
        _tables.Set(slot, Pte.Present(target, writable, dirty, entry.IsYoung));
        _tables.EntryRemoved(task, slot, rollback: source == target);
        table.Unlock(task);
        if (late) { Count(target); }
        return true;
    }

    // What the entry owns, before there is an entry.
    private void Count(Pfn target)
    {
        _engine.Frames.Ref(target).Get();
        _engine.Frames.Map(target).Add();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ForgetsOne(Pfn source, Pfn target) =>
        Plant.Is(PlantedBug.StaleMigrationEntry) ? source != target : Plant.Is(PlantedBug.RollbackForgetsMapping) && source == target;
}
