using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

internal sealed partial class PageFaults
{
    // do_wp_page: the table is locked, and given back here; the entry is present and may not be written to.
    private FaultResult WriteProtectedLocked(TaskId task, in Place place, Pte pte)
    {
        FrameTable frames = _engine.Frames;
        WordLock table = _tables.LockOf(place.Slot);
        Pfn head = frames.HeadOf(pte.Pfn);
        long mapping = frames.Mapping(head).Raw;
        bool anon = MappingWord.IsAnon(mapping);
        if (!anon && place.IsShared)
        {
            MakeWritable(place);
            table.Unlock(task);
            return FaultResult.Done;
        }
        if (anon && (frames.Flags(pte.Pfn).Has(PageFlags.Owner2) || TryReuse(task, head, mapping)))
        {
            MakeWritable(place);
            table.Unlock(task);
            _engine.Events.Count(task, EventCounter.CowReused);
            return FaultResult.Done;
        }
        if (place.Slot.Level != 0)
        {
            // A huge page is not copied.
            table.Unlock(task);
            return FaultResult.Refused;
        }
        frames.Ref(head).Get();
        _engine.Ledger.Take(task, head, RefHolder.Task);
        table.Unlock(task);
        return CopyOnWrite(task, place, pte, head);
    }

    private void MakeWritable(in Place place) => _tables.Change(place.Slot, set: Pte.WritableBit | Pte.YoungBit | Pte.DirtyBit, clear: 0);

    // The last one who maps a folio that was shared has it for itself: its one reference is the mapping's, and the lock keeps it at that.
    private bool TryReuse(TaskId task, Pfn head, long mapping)
    {
        FrameTable frames = _engine.Frames;
        if (MappingWord.TagOf(mapping) != MappingTag.Anon || frames.OrderOf(head) != 0 || !_locks.TryLock(task, head)) { return false; }
        int references = frames.Ref(head).CountUnsafe;
        if (references == 2 && !frames.Flags(head).Has(PageFlags.Lru))
        {
            // The second may be the batch's of this CPU, where a folio that was touched a moment ago is parked.
            _batches.DrainCpu(task, _engine.Cpus.CpuOf(task));
            references = frames.Ref(head).CountUnsafe;
        }
        bool alone = references == 1 || Plant.Is(PlantedBug.CowReusesShared);
        if (alone) { frames.Flags(head).Set(PageFlags.Owner2); }
        _locks.Unlock(task, head);
        return alone;
    }

    // wp_page_copy. The caller's reference keeps the old folio, and keeps it where it is: it cannot be migrated or reused meanwhile.
    private FaultResult CopyOnWrite(TaskId task, in Place place, Pte seen, Pfn head)
    {
        Pfn folio = NewFolio(task, place);
        if (folio.IsNone)
        {
            PutOwn(task, head, 1);
            return FaultResult.NoMemory;
        }
        _contents.Copy(seen.Pfn, folio);
        WordLock table = _tables.LockOf(place.Slot);
        table.Lock(task);
        Pte now = _tables.Read(place.Slot);
        bool same = now.IsPresent && !now.IsWritable && now.Pfn == seen.Pfn;
        if (!same && !Plant.Is(PlantedBug.CowWithoutRecheck))
        {
            table.Unlock(task);
            PutNew(task, folio);
            PutOwn(task, head, 1);
            return FaultResult.Retry;
        }

        // Nobody reads the old frame through this entry any more when somebody may write to the new one.
        _tables.GetAndClear(place.Slot);
        _tlb.FlushPage(task, place.Mm, place.Page);
        _rmap.Remove(task, seen.Pfn, place.Id, place.Page);
        SetNewLocked(task, place, folio);
        table.Unlock(task);
        PutOwn(task, head, 2); // Its own, and the mapping's.
        _engine.Events.Count(task, EventCounter.CowCopied);
        return FaultResult.Done;
    }
}
