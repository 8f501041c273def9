using System.Runtime.CompilerServices;
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
    private readonly bool _looksUnlocked;

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
        _looksUnlocked = engine.Policy.FaultLooksUnlocked;
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

        // Most faults are first touches: who is to fill an entry looks at it again under its table's lock. Not for a
        // file's page: between its entry and the migration entry there is none, and the cache would lead to the folio whose count then matters.
        if ((vma.Cache.IsNone || _looksUnlocked) && slot.Level == 0 && _tables.Read(slot).IsNone) { return Touch(task, place); }
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
        if (pte.IsNone && slot.Level == 0) { return Touch(task, place); }
        _mms.UnlockShared(task, mm);
        return pte.IsPresent ? FaultResult.Done : FaultResult.Retry;
    }

    // An entry of a page that was none a moment ago. Gives the mmap lock back.
    private FaultResult Touch(TaskId task, in Place place)
    {
        if (!place.Vma.Cache.IsNone) { return FileTouch(task, place); }
        FaultResult result = FirstTouch(task, place);
        _mms.UnlockShared(task, place.Mm);
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

    // A fresh folio for the place, still to be filled, with two references: the mapping's, and the batch's on the way to the LRU.
    private Pfn NewFolio(TaskId task, in Place place)
    {
        if (!_anonVmas.Prepare(task, place.Id)) { return Pfn.None; }
        Pfn folio = _allocator.AllocateShared(task, MigrateType.Movable, references: 2);
        if (folio.IsNone) { return folio; }
        _engine.Ledger.Take(task, folio, RefHolder.Task);
        _engine.Ledger.Take(task, folio, RefHolder.Task);
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
            PutNew(task, folio);
            return FaultResult.Retry;
        }
        SetNewLocked(task, place, folio);
        table.Unlock(task);
        return FaultResult.Done;
    }

    private void SetNewLocked(TaskId task, in Place place, Pfn folio)
    {
        _rmap.AddNewAnon(task, folio, place.Id, place.Page);
        _engine.Ledger.Drop(task, folio, RefHolder.Task);
        _engine.Ledger.Drop(task, folio, RefHolder.Task);
        _batches.AddOwned(task, folio);
        _tables.Set(place.Slot, Pte.Present(folio, (place.Vma.Flags & VmaFlags.Write) != 0, dirty: place.Write));
    }

    private void PutNew(TaskId task, Pfn folio)
    {
        _engine.Ledger.Drop(task, folio, RefHolder.Task);
        PutOwn(task, folio, 2);
    }

    private void PutOwn(TaskId task, Pfn folio, int references)
    {
        _engine.Ledger.Drop(task, folio, RefHolder.Task);
        _folios.Put(task, folio, references);
    }

    /// <summary>What is faulted on.</summary>
    private readonly record struct Place(MmId Mm, VmaId Id, Vma Vma, long Page, bool Write, PteSlot Slot)
    {
        public bool IsShared
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => (Vma.Flags & VmaFlags.Shared) != 0;
        }
    }
}
