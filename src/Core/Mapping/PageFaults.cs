using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Mapping;

internal enum FaultResult
{
    /// <summary>The page is mapped as wanted; it may be gone again.</summary>
    Done,

    /// <summary>Something changed or had to be waited for: the access starts anew.</summary>
    Retry,

    /// <summary>No VMA, or no permission.</summary>
    Refused,

    NoMemory,
}

/// <summary>Page faults: first touch, copy on write, page cache, migration entries.</summary>
/// <remarks>
/// The mmap lock is shared for the time of a fault, so the VMA stays; the entry is decided upon under its table's lock, and looked at again
/// there after whatever was done without. Who must sleep gives the mmap lock back first and asks for the access to start anew.
/// </remarks>
internal sealed partial class PageFaults
{
    private readonly EngineBase _engine;
    private readonly Mms _mms;
    private readonly Vmas _vmas;
    private readonly AnonVmas _anonVmas;
    private readonly PageTables _tables;
    private readonly PageCaches _caches;
    private readonly Rmap _rmap;
    private readonly Tlb _tlb;
    private readonly FrameAllocator _allocator;
    private readonly FrameContents _contents;
    private readonly FolioLock _locks;
    private readonly Folios _folios;
    private readonly LruBatches _batches;
    private readonly MigrationEntryWait _entryWait;

    public PageFaults(EngineBase engine, Mms mms, Vmas vmas, AnonVmas anonVmas, PageTables tables, PageCaches caches, Rmap rmap, Tlb tlb,
        FrameAllocator allocator, FrameContents contents, FolioLock locks, Folios folios, LruBatches batches, MigrationEntryWait entryWait)
    {
        _engine = engine;
        _mms = mms;
        _vmas = vmas;
        _anonVmas = anonVmas;
        _tables = tables;
        _caches = caches;
        _rmap = rmap;
        _tlb = tlb;
        _allocator = allocator;
        _contents = contents;
        _locks = locks;
        _folios = folios;
        _batches = batches;
        _entryWait = entryWait;
    }

    /// <summary>Blocking on a migration under way, and on the folio lock for a file's page.</summary>
    public FaultResult Fault(TaskId task, MmId mm, long page, bool write)
    {
        _engine.Events.Count(task, EventCounter.PgFault);
        VmaId id = _mms.LockShared(task, mm, page);
        Vma vma = id.IsNone ? default : _vmas.Read(id);
        if (id.IsNone || (write && (vma.Flags & VmaFlags.Write) == 0))
        {
            _mms.UnlockShared(task, mm);
            return FaultResult.Refused;
        }
        PteSlot slot = _tables.FindOrCreate(task, vma.Root, page);
        if (slot.IsNone)
        {
            _mms.UnlockShared(task, mm);
            return FaultResult.NoMemory;
        }
        Place place = new(mm, id, vma, page, write, slot);
        WordLock table = _tables.LockOf(slot);
        table.Lock(task);
        Pte pte = _tables.Read(slot);
        if (pte.IsMigration)
        {
            // The entry keeps what it names while its table is locked; the wait gives that lock back.
            _mms.UnlockShared(task, mm);
            _entryWait.Wait(task, slot, pte, table);
            return FaultResult.Retry;
        }
        if (pte.IsPresent && write && !pte.IsWritable)
        {
            FaultResult written = WriteProtectedLocked(task, place, pte);
            _mms.UnlockShared(task, mm);
            return written;
        }
        table.Unlock(task);
        if (pte.IsNone && slot.Level == 0 && !vma.Cache.IsNone) { return FileTouch(task, place); }
        FaultResult result = pte.IsPresent ? FaultResult.Done : slot.Level != 0 ? FaultResult.Retry : FirstTouch(task, place);
        _mms.UnlockShared(task, mm);
        return result;
    }

    // An anonymous page that nobody has touched yet. There is no zero page: a read gets a frame of its own too.
    private FaultResult FirstTouch(TaskId task, in Place place)
    {
        Pfn folio = NewFolio(task, place);
        if (folio.IsNone) { return FaultResult.NoMemory; }
        _contents.Stamp(folio, new PageSignature((uint)place.Mm.Value, 0, place.Page));
        return MapNew(task, place, folio);
    }

    // A fresh folio for the place, with one reference, still to be filled.
    private Pfn NewFolio(TaskId task, in Place place)
    {
        if (!_anonVmas.Prepare(task, place.Id)) { return Pfn.None; }
        Pfn folio = _allocator.Allocate(task, 0, MigrateType.Movable);
        if (folio.IsNone) { return folio; }
        _engine.Ledger.Take(task, folio, RefHolder.Task);
        _engine.Frames.Flags(folio).Set(PageFlags.Uptodate);
        return folio;
    }

    // Maps a filled folio where there was nothing. Retry: somebody else was first.
    private FaultResult MapNew(TaskId task, in Place place, Pfn folio)
    {
        WordLock table = _tables.LockOf(place.Slot);
        table.Lock(task);
        if (!_tables.Read(place.Slot).IsNone && !Plant.Is(PlantedBug.FaultWithoutRecheck))
        {
            table.Unlock(task);
            PutOwn(task, folio, 1);
            return FaultResult.Retry;
        }
        SetNewLocked(task, place, folio);
        table.Unlock(task);
        return FaultResult.Done;
    }

    // The folio's reference becomes the mapping's.
    private void SetNewLocked(TaskId task, in Place place, Pfn folio)
    {
        _rmap.AddNewAnon(task, folio, place.Id, place.Page);
        _batches.Add(task, folio);
        _engine.Ledger.Drop(task, folio, RefHolder.Task);
        _tables.Set(place.Slot, Pte.Present(folio, (place.Vma.Flags & VmaFlags.Write) != 0, dirty: place.Write));
    }

    private void PutOwn(TaskId task, Pfn folio, int references)
    {
        _engine.Ledger.Drop(task, folio, RefHolder.Task);
        _folios.Put(task, folio, references);
    }

    /// <summary>What is faulted on.</summary>
    private readonly record struct Place(MmId Mm, VmaId Id, Vma Vma, long Page, bool Write, PteSlot Slot)
    {
        public bool IsShared => (Vma.Flags & VmaFlags.Shared) != 0;
    }
}
