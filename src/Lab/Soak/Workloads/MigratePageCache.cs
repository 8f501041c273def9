using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Pages of files, looked up without a lock, mapped by many, written by one, moved by all, evicted now and then.</summary>
internal sealed class MigratePageCache : SoakWorkload
{
    private const long FirstPage = 1 << 21;
    private const int Window = 16;
    private const int Reads = 8;
    private const int UnmapOneIn = 64;
    private const int DrainOneIn = 16;

    private readonly Machine _machine;
    private readonly SharedCaches _caches;
    private readonly PageMover _mover;
    private readonly TaskId _task;
    private readonly uint[] _versions; // of the pages that this task writes
    private MmId _mm;

    public MigratePageCache(SoakWorker worker)
        : base(worker)
    {
        _machine = World.Machine;
        _caches = World.Caches;
        _mover = new PageMover(worker);
        _task = worker.Task;
        _versions = new uint[SharedCaches.Count * _caches.Pages];
    }

    public override void Step()
    {
        if (_mm.IsNone && !TryBegin()) { return; }
        int cache = Worker.Rng.Below(SharedCaches.Count);
        int first = Worker.Rng.Below(_caches.Pages - Window + 1);
        for (int i = 0; i < Window; i++) { Isolate(cache, first + i); }
        _mover.Migrate();
        for (int i = 0; i < Reads; i++)
        {
            LookUp(cache, first + Worker.Rng.Below(Window));
            ReadMapped(cache, Worker.Rng.Below(_caches.Mapped));
        }
        for (int i = 0; i < Window; i++)
        {
            if (!_caches.IsWriter(_task, cache, first + i)) { continue; }
            if (first + i < _caches.Mapped) { WriteMapped(cache, first + i); }
            else { WriteOrEvict(cache, first + i); }
        }
        if (Worker.Rng.OneIn(DrainOneIn)) { _machine.Drain.DrainLocal(_task); }
        if (Worker.Rng.OneIn(UnmapOneIn)) { Discard(cache); }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        // What the task has is mapped: the page table says so.
    }

    public override void Drain()
    {
        if (_mm.IsNone) { return; }
        long began = Worker.Stats.Begin();
        _machine.Mms.Exit(_task, _mm);
        Worker.Stats.End(Operation.Exit, began);
        _mm = default;
    }

    private bool TryBegin()
    {
        _mm = _machine.Mms.Create(_task);
        if (_mm.IsNone) { return false; }
        for (int cache = 0; cache < SharedCaches.Count; cache++)
        {
            if (!_machine.Mms.Map(_task, _mm, PageOf(cache, 0), _caches.Mapped, VmaFlags.Write | VmaFlags.Shared, _caches[cache]).IsNone) { continue; }
            Drain();
            return false;
        }
        return true;
    }

    private void Isolate(int cache, int index)
    {
        Pfn folio = _machine.Caches.Find(_task, _caches[cache], index);
        if (folio.IsNone) { return; }
        Put(folio);
        _mover.TryIsolate(folio);
    }

    // With a reference the folio stays; what it contains is torn only while its writer writes.
    private void LookUp(int cache, int index)
    {
        long began = Worker.Stats.Begin();
        Pfn folio = _machine.Caches.Read(_task, _caches[cache], index);
        Worker.Stats.End(Operation.CacheRead, began, !folio.IsNone);
        if (folio.IsNone) { return; }
        bool intact = _machine.Contents.TryRead(folio, out PageSignature found);
        Check(cache, index, found, intact, folio);
        Put(folio);
    }

    private void ReadMapped(int cache, int index)
    {
        long began = Worker.Stats.Begin();
        FaultResult result = _machine.Memories.TryRead(_task, _mm, PageOf(cache, index), out PageSignature found, out bool intact);
        Worker.Stats.End(Operation.UserRead, began, result == FaultResult.Done);
        if (result == FaultResult.Done) { Check(cache, index, found, intact, Pfn.None); }
        Bug.If(result == FaultResult.Refused, ViolationKind.DataMismatch, "a mapped page of a file refuses to be read");
    }

    private void WriteMapped(int cache, int index)
    {
        PageSignature next = Expected(cache, index) with { Version = VersionOf(cache, index) + 1 };
        long began = Worker.Stats.Begin();
        FaultResult result = _machine.Memories.TryWrite(_task, _mm, PageOf(cache, index), next);
        Worker.Stats.End(Operation.UserWrite, began, result == FaultResult.Done);
        if (result == FaultResult.Done) { VersionOf(cache, index) = next.Version; }
        Bug.If(result == FaultResult.Refused, ViolationKind.DataMismatch, "a mapped page of a file refuses to be written");
    }

    // As a write call does: under the folio lock. A page that is evicted comes back empty: nothing keeps what was in it.
    private void WriteOrEvict(int cache, int index)
    {
        Pfn folio = _machine.Caches.Read(_task, _caches[cache], index);
        if (folio.IsNone) { return; }
        _machine.Locks.Lock(_task, folio);
        Bug.If(!_machine.Contents.TryRead(folio, out PageSignature found) || found != Expected(cache, index),
            ViolationKind.DataMismatch, "a page of a file is not what its writer wrote last", folio.Value);

        // Nobody writes back: what was written since the page came in is dirty, wherever the page has been.
        Bug.If(found.Version != 0 && !_machine.Frames.Flags(folio).Has(PageFlags.Dirty), ViolationKind.FlagTransferMismatch, "a written page of a file is clean", folio.Value);
        if (Worker.Rng.OneIn(2))
        {
            _machine.Contents.Stamp(folio, found with { Version = ++VersionOf(cache, index) });
            _machine.Frames.Flags(folio).Set(PageFlags.Dirty);
        }
        else
        {
            long began = Worker.Stats.Begin();
            bool removed = _machine.Caches.TryRemoveLocked(_task, folio, extraReferences: 1);
            Worker.Stats.End(Operation.CacheRemove, began, removed);
            if (removed) { VersionOf(cache, index) = 0; }
        }
        _machine.Locks.Unlock(_task, folio);
        Put(folio);
    }

    private void Discard(int cache)
    {
        long began = Worker.Stats.Begin();
        _machine.Mms.Discard(_task, _mm, PageOf(cache, 0), _caches.Mapped);
        Worker.Stats.End(Operation.Unmap, began);
    }

    private void Check(int cache, int index, PageSignature found, bool intact, Pfn folio)
    {
        bool right = _caches.IsWriter(_task, cache, index)
            ? intact && found == Expected(cache, index)
            : !intact || (found.Owner == PageCaches.OwnerOf(_caches[cache]) && found.VirtualPage == index);
        if (right) { return; }
        Bug.If(true, ViolationKind.DataMismatch, "a page of a file is not what its writer wrote last",
            folio.IsNone ? PageMover.FrameOf(_machine, _mm, PageOf(cache, index)).Value : folio.Value);
    }

    private void Put(Pfn folio)
    {
        _machine.Base.Ledger.Drop(_task, folio, RefHolder.Task);
        _machine.Folios.Put(_task, folio);
    }

    private PageSignature Expected(int cache, int index) => new(PageCaches.OwnerOf(_caches[cache]), VersionOf(cache, index), index);

    private ref uint VersionOf(int cache, int index) => ref _versions[(cache * _caches.Pages) + index];

    private long PageOf(int cache, int index) => FirstPage + ((long)cache * _caches.Pages) + index;
}
