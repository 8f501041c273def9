using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

internal sealed partial class PageFaults
{
    // A file's page that is not mapped here. The mmap lock is given back here: before a page is read or waited for, else at the end.
    private FaultResult FileTouch(TaskId task, in Place place)
    {
        CacheId cache = place.Vma.Cache;
        long index = place.Vma.IndexOf(place.Page);
        Pfn head = _caches.Find(task, cache, index);
        if (head.IsNone || !_engine.Frames.Flags(head).Has(PageFlags.Uptodate))
        {
            _mms.UnlockShared(task, place.Mm);
            if (!head.IsNone) { PutOwn(task, head, 1); }
            _engine.Events.Count(task, EventCounter.PgMajFault);
            head = _caches.Read(task, cache, index);
            if (head.IsNone) { return FaultResult.NoMemory; }
            PutOwn(task, head, 1);
            return FaultResult.Retry;
        }
        if (!_locks.TryLock(task, head))
        {
            _mms.UnlockShared(task, place.Mm);
            _locks.WaitUnlocked(task, head);
            PutOwn(task, head, 1);
            return FaultResult.Retry;
        }

        // A locked folio with the cache's mapping is in the cache, and migration leaves it alone.
        FaultResult result = FaultResult.Retry;
        bool mapped = false;
        if (_engine.Frames.Mapping(head).Raw == MappingWord.Make(cache.Value, MappingTag.File))
        {
            Pfn frame = head + (int)(index - _engine.Frames.IndexLocked(head));
            if (place.IsShared || !place.Write)
            {
                mapped = MapFilePage(task, place, head, frame);
                result = mapped ? FaultResult.Done : FaultResult.Retry;
            }
            else { result = CopyFilePage(task, place, frame); }
        }
        if (!mapped)
        {
            _locks.Unlock(task, head);
            PutOwn(task, head, 1);
        }
        _mms.UnlockShared(task, place.Mm);
        return result;
    }

    // True: the caller's reference is the mapping's now, and the folio is unlocked: while the mapping could not go away yet.
    private bool MapFilePage(TaskId task, in Place place, Pfn head, Pfn frame)
    {
        bool writable = place.IsShared && (place.Vma.Flags & VmaFlags.Write) != 0;
        WordLock table = _tables.LockOf(place.Slot);
        table.Lock(task);
        bool free = _tables.Read(place.Slot).IsNone;
        if (free)
        {
            // Not noted any more before others can find the mapping: they may take the page away as soon as the folio is unlocked.
            _engine.Ledger.Drop(task, head, RefHolder.Task);
            _rmap.Add(task, frame);
            _tables.Set(place.Slot, Pte.Present(frame, writable, dirty: place.Write));
            _locks.Unlock(task, head);
        }
        table.Unlock(task);
        return free;
    }

    // A write to a private mapping: the copy is anonymous from the start.
    private FaultResult CopyFilePage(TaskId task, in Place place, Pfn frame)
    {
        Pfn folio = NewFolio(task, place);
        if (folio.IsNone) { return FaultResult.NoMemory; }
        _contents.Copy(frame, folio);
        FaultResult result = MapNew(task, place, folio);
        if (result == FaultResult.Done) { _engine.Events.Count(task, EventCounter.CowCopied); }
        return result;
    }
}
