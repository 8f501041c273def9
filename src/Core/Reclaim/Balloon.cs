using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>A memory balloon: pages that a guest gave away, typed Offline, on the balloon's list, movable through its driver.</summary>
/// <remarks>
/// The balloon holds one reference on each of its pages. A page is its own as long as the private word says so, which only changes under
/// the driver lock; type and movable mark stay until the allocator has the page back. So who finds a page marked asks the driver, and it is
/// <see cref="Isolate"/> that notices a release. A page is on the list or isolated; only a listed one can be released.
/// </remarks>
internal sealed class Balloon : IMovableOps
{
    private const long Owned = 1;
    private const int LockWord = 0;
    private const int PagesWord = 1;

    private readonly Column<int> _words; // (O)
    private readonly FolioLists _lists; // (O) one list
    private readonly EngineBase _engine;
    private readonly FrameTable _frames;
    private readonly FrameAllocator _allocator;
    private readonly Folios _folios;

    public Balloon(EngineBase engine, FolioLinks links, FrameAllocator allocator, Folios folios)
    {
        _engine = engine;
        _frames = engine.Frames;
        _allocator = allocator;
        _folios = folios;
        _words = engine.Arena.Add<int>("balloon", 2, ColumnKind.State);
        _lists = new FolioLists(engine, links, "balloon_pages", 1);
    }

    /// <summary>Pages of the balloon, listed or isolated. Stale as soon as it is read.</summary>
    public int Pages => Atomic.Load(ref _words[PagesWord]);

    /// <summary>Takes a page from the allocator into the balloon. False: no memory. Blocking on the driver lock only.</summary>
    public bool Inflate(TaskId task)
    {
        Pfn page = _allocator.Allocate(task, 0, MigrateType.Movable);
        if (page.IsNone) { return false; }
        _engine.Ledger.Take(task, page, RefHolder.Driver);
        Lock(task);
        EnlistLocked(page);
        AddPagesLocked(1);
        Unlock(task);
        _engine.Events.Count(task, EventCounter.BalloonInflate);
        return true;
    }

    /// <summary>Gives one page back. False: the list is empty: no pages, or all isolated. Blocking on the driver lock only.</summary>
    public bool Deflate(TaskId task)
    {
        Lock(task);
        Pfn page = _lists[0].PopFirst();
        if (page.IsNone)
        {
            Unlock(task);
            return false;
        }

        // Pairs with Balloon.Isolate: who has found the page marked and comes for it now is told here that it is not the balloon's.
        _frames.SetPrivateLocked(page, 0);
        AddPagesLocked(-1);
        Unlock(task);
        _engine.Events.Count(task, EventCounter.BalloonDeflate);
        _engine.Ledger.Drop(task, page, RefHolder.Driver);
        _folios.Put(task, page);
        return true;
    }

    public bool Isolate(TaskId task, Pfn page)
    {
        Lock(task);

        // Pairs with Balloon.Deflate: the mark is sticky, so only this word tells a page of the list from one that was released.
        bool owned = _frames.PrivateLocked(page) == Owned || Plant.Is(PlantedBug.BalloonIsolatesReleased);
        if (owned) { _lists[0].Remove(page); }
        Unlock(task);
        return owned;
    }

    /// <summary>Both are locked, the source is isolated. False: the balloon is busy. The target's reference of the balloon is a new one.</summary>
    public bool Migrate(TaskId task, Pfn target, Pfn source)
    {
        if (!LockWordOf().TryLock(task)) { return false; }
        Bug.If(_frames.PrivateLocked(source) != Owned, ViolationKind.UseAfterFree, "migration of a page that the balloon does not own", source.Value);
        _frames.Ref(target).Get();
        _engine.Ledger.Take(task, target, RefHolder.Driver);
        EnlistLocked(target);
        _frames.SetPrivateLocked(source, 0);
        Unlock(task);
        _engine.Events.Count(task, EventCounter.BalloonMigrate);
        _engine.Ledger.Drop(task, source, RefHolder.Driver);
        _folios.Put(task, source);
        return true;
    }

    public void Putback(TaskId task, Pfn page)
    {
        Lock(task);
        Bug.If(_frames.PrivateLocked(page) != Owned, ViolationKind.UseAfterFree, "putback of a page that the balloon does not own", page.Value);
        _lists[0].AddHead(page);
        Unlock(task);
    }

    /// <summary>Walks the list: reports broken links, a page that is not typed, marked and owned, and a count that is not the list's. Nothing is isolated.</summary>
    /// <returns>Pages on the list.</returns>
    public int AuditAtRest(Action<ViolationKind, int, string> report)
    {
        FolioList list = _lists[0];
        int walked = 0;
        for (Pfn page = list.First; !page.IsNone && walked <= list.Count; page = list.NextOf(page))
        {
            walked++;
            bool whole = _frames.Map(page).Type == PageType.Offline && _frames.Flags(page).Has(MovableOps.Movable)
                && _frames.PrivateLocked(page) == Owned && FrameTable.IsAllocated(_frames.Generation(page));
            if (!whole) { report(ViolationKind.FlagContradiction, page.Value, "on the balloon's list, but not typed, marked and owned as its page"); }
            if (_frames.Flags(page).Has(MovableOps.Isolated)) { report(ViolationKind.FlagContradiction, page.Value, "on the balloon's list and isolated"); }
        }
        if (walked != list.Count || walked != Pages)
        {
            report(ViolationKind.BrokenList, Pfn.None.Value, $"{walked} pages on the balloon's list, which counts {list.Count}; the balloon has {Pages}");
        }
        if (Atomic.PlainLoad(ref _words[LockWord]) != 0) { report(ViolationKind.StuckState, Pfn.None.Value, "the balloon's lock is taken"); }
        return walked;
    }

    private void AddPagesLocked(int by) => Atomic.Store(ref _words[PagesWord], Atomic.PlainLoad(ref _words[PagesWord]) + by);

    // The mark last: whoever sees it goes through the driver lock, behind which the page is listed.
    private void EnlistLocked(Pfn page)
    {
        _frames.Map(page).SetType(PageType.Offline);
        _frames.SetPrivateLocked(page, Owned);
        _frames.Flags(page).Set(MovableOps.Movable);
        _lists[0].AddHead(page);
    }

    private WordLock LockWordOf() => new(ref _words[LockWord], _engine.Ranks, LockRank.Driver);

    private void Lock(TaskId task) => LockWordOf().Lock(task);

    private void Unlock(TaskId task) => LockWordOf().Unlock(task);
}
