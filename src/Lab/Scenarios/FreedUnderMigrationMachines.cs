using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>An active anonymous page, isolated and mapped once, and the oracle that sees its last put.</summary>
internal abstract class IsolatedAnonMachine : MigrationMachine
{
    private readonly bool _watchLastPut;

    protected IsolatedAnonMachine(int tasks, Protocol protocol, ModelSettings settings)
        : base(tasks, protocol, settings, passes: 1, cpus: 1)
    {
        _watchLastPut = !settings.Checks && protocol.FreeCheck == FreeCheck.Strict;
        Mm = NewMm(pages: 1);
        Page = Isolated(Listed(Written(Mm, 0, version: 1), active: true));
    }

    protected MmId Mm { get; }

    protected Pfn Page { get; }

    public override void CheckStep()
    {
        base.CheckStep();
        if (!_watchLastPut) { return; }
        for (int p = 0; p < Engine.Frames.Frames; p++)
        {
            bool stray = (Engine.Frames.Flags(new Pfn(p)).Read() & (PageFlags.Active | PageFlags.Unevictable)) != 0;
            Bug.If(stray && !FrameTable.IsAllocated(Engine.Frames.Generation(new Pfn(p))), ViolationKind.FlagAtLastPut,
                "the last put of a folio off the LRU found Active or Unevictable", p);
        }
    }
}

/// <summary>A migrator that drains at the end, the owner who lets go, and somebody who refers to the page for a moment.</summary>
internal sealed class ReleasedAnonRace : IsolatedAnonMachine
{
    public ReleasedAnonRace(Protocol protocol, ModelSettings settings, bool marks)
        : base(2 + (settings.Actors ?? 1), protocol, settings)
    {
        Add("migrator", Migrate(), PutBack(), Op("drain", task => Engine.Drain.DrainLocal(task)));
        Add("owner", Discard(Mm, 0));
        for (int i = 0; i < (settings.Actors ?? 1); i++)
        {
            if (marks) { Add("marker", Op("mark active", MarkActive)); }
            else { Add("scanner", Op("try to isolate a movable page", task => Engine.Movable.TryIsolate(task, Page))); }
        }
    }

    private void MarkActive(TaskId task)
    {
        if (!Engine.Frames.Ref(Page).TryGet()) { return; }
        Engine.Frames.Flags(Page).Set(PageFlags.Active);
        Engine.Folios.Put(task, Page);
    }
}

/// <summary>Somebody isolates a page and drops his reference without putting the page back: what a check at free is there to find.</summary>
internal sealed class ForgottenPutback : IsolatedAnonMachine
{
    private readonly bool _checks;

    public ForgottenPutback(Protocol protocol, ModelSettings settings)
        : base(2, protocol, settings)
    {
        _checks = settings.Checks;
        Add("forgetful", Op("put", PutUnlisted));
        Add("owner", Discard(Mm, 0));
    }

    public override void CheckQuiescence()
    {
        bool freed = !FrameTable.IsAllocated(Engine.Frames.Generation(Page));
        Bug.If(_checks && freed, ViolationKind.MissedDetection, "a page was freed that nobody had put back, and the check at free said nothing", Page.Value);
    }

    private void PutUnlisted(TaskId task)
    {
        DropIsolated(task);
        Engine.Folios.Put(task, Page);
    }
}

/// <summary>A driver's page, isolated: a migrator, the driver that releases the page meanwhile, and a scanner that would isolate it again.</summary>
internal sealed class ReleasedMovableRace : MigrationMachine, IMovableOps
{
    private const PageType Type = PageType.Zsmalloc;

    private readonly Column<int> _owned; // the driver's page plus one, 0 when it has been released; under the page's lock

    public ReleasedMovableRace(Protocol protocol, ModelSettings settings)
        : base(2 + (settings.Actors ?? 1), protocol, settings, passes: 1, cpus: 1)
    {
        _owned = Arena.Add<int>("driver_page", 1, ColumnKind.State);
        Engine.Movable.Register(Type, this);
        Pfn page = Engine.Allocator.Allocate(SetUp, 0, MigrateType.Movable);
        Enlist(page);
        Isolated(page);
        Add("migrator", Migrate(), PutBack());
        Add("driver", Op("release", Release));
        for (int i = 0; i < (settings.Actors ?? 1); i++) { Add("scanner", Op("try to isolate", task => Rescan(task, page))); }
    }

    public bool Isolate(TaskId task, Pfn page) => Owns(page);

    public bool Migrate(TaskId task, Pfn target, Pfn source)
    {
        if (!Owns(source)) { return true; }
        Engine.Frames.Ref(target).Get();
        Enlist(target);
        Engine.Folios.Put(task, source);
        return true;
    }

    public void Putback(TaskId task, Pfn page)
    {
    }

    protected override int HeldAtRest(Pfn pfn) => base.HeldAtRest(pfn) + (Owns(pfn) ? 1 : 0);

    private bool Owns(Pfn page) => Atomic.Load(ref _owned[0]) == page.Value + 1;

    private void Enlist(Pfn page)
    {
        Engine.Frames.Map(page).SetType(Type);
        Engine.Frames.Flags(page).Set(MovableOps.Movable);
        Atomic.Store(ref _owned[0], page.Value + 1);
    }

    // The page may be moved while its lock is waited for: the driver's reference goes with it, so this takes one of its own.
    private void Release(TaskId task)
    {
        while (true)
        {
            Pfn page = new(Atomic.Load(ref _owned[0]) - 1);
            if (!Engine.Frames.Ref(page).TryGet()) { continue; }
            Engine.Locks.Lock(task, page);
            bool mine = Owns(page);
            if (mine) { Atomic.Store(ref _owned[0], 0); }
            Engine.Locks.Unlock(task, page);
            Engine.Folios.Put(task, page);
            if (!mine) { continue; }
            Engine.Folios.Put(task, page);
            return;
        }
    }

    // What it gets it puts back at once: of a released page it must get nothing.
    private void Rescan(TaskId task, Pfn page)
    {
        if (!Engine.Movable.TryIsolate(task, page)) { return; }
        Engine.Movable.Putback(task, page);
    }
}
