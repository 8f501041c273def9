using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Pages of files, looked up without a lock, mapped by many, written by one, moved by all, evicted now and then.</summary>
internal sealed class MigratePageCache : ProcessWorkload
{
    private const long FirstPage = 1 << 21;
    private const int Window = 16;
    private const int Reads = 8;
    private const int UnmapOneIn = 64;
    private const int DrainOneIn = 16;

    private readonly SharedCaches _caches;
    private readonly uint[] _versions; // of the pages that this task writes
    private MmId _mm;

    public MigratePageCache(SoakWorker worker)
        : base(worker)
    {
        _caches = World.Caches;
        _versions = new uint[SharedCaches.Count * _caches.Pages];
    }

    public override void Step()
    {
        if (_mm.IsNone && !TryBegin()) { return; }
        int cache = Worker.Rng.Below(SharedCaches.Count);
        int first = Worker.Rng.Below(_caches.Pages - Window + 1);
        for (int i = 0; i < Window; i++) { Isolate(cache, first + i); }
        Mover.Migrate();
        for (int i = 0; i < Reads; i++)
        {
            LookUp(cache, first + Worker.Rng.Below(Window));
            ReadMapped(cache, Worker.Rng.Below(_caches.Mapped));
        }
        for (int i = 0; i < Window; i++)
        {
            if (!_caches.IsWriter(Task, cache, first + i)) { continue; }
            if (first + i < _caches.Mapped) { WriteMapped(cache, first + i); }
            else { WriteOrEvict(cache, first + i); }
        }
        if (Worker.Rng.OneIn(DrainOneIn)) { Machine.Drain.DrainLocal(Task); }
        if (Worker.Rng.OneIn(UnmapOneIn)) { Discard(_mm, PageOf(cache, 0), _caches.Mapped); }
    }

    public override void Drain() => Exit(ref _mm);

    private bool TryBegin()
    {
        _mm = Machine.Mms.Create(Task);
        if (_mm.IsNone) { return false; }
        for (int cache = 0; cache < SharedCaches.Count; cache++)
        {
            if (!Machine.Mms.Map(Task, _mm, PageOf(cache, 0), _caches.Mapped, VmaFlags.Write | VmaFlags.Shared, _caches[cache]).IsNone) { continue; }
            Drain();
            return false;
        }
        return true;
    }

    private void Isolate(int cache, int index)
    {
        Pfn folio = Machine.Caches.Find(Task, _caches[cache], index);
        if (folio.IsNone) { return; }
        Put(folio);
        Mover.TryIsolate(folio, PlaceOf(cache, index));
    }

    // With a reference the folio stays; what it contains is torn only while its writer writes.
    private void LookUp(int cache, int index)
    {
        long began = Worker.Stats.Begin(Operation.CacheRead, Pfn.None, PlaceOf(cache, index));
        Pfn folio = Machine.Caches.Read(Task, _caches[cache], index);
        Worker.Stats.End(Operation.CacheRead, began, folio);
        if (folio.IsNone) { return; }
        bool intact = Machine.Contents.TryRead(folio, out PageSignature found);
        Check(cache, index, found, intact, folio);
        Put(folio);
    }

    private void ReadMapped(int cache, int index)
    {
        FaultResult result = UserRead(_mm, PageOf(cache, index), out PageSignature found, out bool intact);
        if (result == FaultResult.Done) { Check(cache, index, found, intact, Pfn.None); }
        Bug.If(result == FaultResult.Refused, ViolationKind.DataMismatch, "a mapped page of a file refuses to be read");
    }

    private void WriteMapped(int cache, int index)
    {
        PageSignature next = Expected(cache, index) with { Version = VersionOf(cache, index) + 1 };
        if (TryUserWrite(_mm, PageOf(cache, index), next)) { VersionOf(cache, index) = next.Version; }
    }

    // As a write call does: under the folio lock. A page that is evicted comes back empty: nothing keeps what was in it.
    private void WriteOrEvict(int cache, int index)
    {
        Pfn folio = Machine.Caches.Read(Task, _caches[cache], index);
        if (folio.IsNone) { return; }
        Machine.Locks.Lock(Task, folio);
        Bug.If(!Machine.Contents.TryRead(folio, out PageSignature found) || found != Expected(cache, index),
            ViolationKind.DataMismatch, "a page of a file is not what its writer wrote last", folio.Value);

        // Nobody writes back: what was written since the page came in is dirty, wherever the page has been.
        Bug.If(found.Version != 0 && !Machine.Frames.Flags(folio).Has(PageFlags.Dirty), ViolationKind.FlagTransferMismatch, "a written page of a file is clean", folio.Value);
        if (Worker.Rng.OneIn(2))
        {
            Machine.Contents.Stamp(folio, found with { Version = ++VersionOf(cache, index) });
            Machine.Frames.Flags(folio).Set(PageFlags.Dirty);
        }
        else
        {
            long began = Worker.Stats.Begin(Operation.CacheRemove, folio, PlaceOf(cache, index));
            bool removed = Machine.Caches.TryRemoveLocked(Task, folio, extraReferences: 1);
            Worker.Stats.End(Operation.CacheRemove, began, removed);
            if (removed) { VersionOf(cache, index) = 0; }
        }
        Machine.Locks.Unlock(Task, folio);
        Put(folio);
    }

    private void Check(int cache, int index, PageSignature found, bool intact, Pfn folio)
    {
        bool right = _caches.IsWriter(Task, cache, index)
            ? intact && found == Expected(cache, index)
            : !intact || (found.Owner == PageCaches.OwnerOf(_caches[cache]) && found.VirtualPage == index);
        if (right) { return; }
        Bug.If(true, ViolationKind.DataMismatch, "a page of a file is not what its writer wrote last",
            folio.IsNone ? PageMover.FrameOf(Machine, _mm, PageOf(cache, index)).Value : folio.Value);
    }

    private void Put(Pfn folio)
    {
        Machine.Base.Ledger.Drop(Task, folio, RefHolder.Task);
        Machine.Folios.Put(Task, folio);
    }

    private PageSignature Expected(int cache, int index) => new(PageCaches.OwnerOf(_caches[cache]), VersionOf(cache, index), index);

    private ref uint VersionOf(int cache, int index) => ref _versions[(cache * _caches.Pages) + index];

    private FlightPlace PlaceOf(int cache, int index) => FlightPlace.CachePage(_caches[cache].Value, index);

    private long PageOf(int cache, int index) => FirstPage + ((long)cache * _caches.Pages) + index;
}
