using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Migration;

/// <summary>Isolation, migration and putback of movable-ops pages: marked by Uptodate on a typed page (movable_ops), isolated by Reclaim (movable_ops_isolated).</summary>
/// <remarks>The mark is sticky: a page that the driver has released keeps it until the allocator has it back, and it is the driver's callback that says so.</remarks>
internal sealed class MovableOps(EngineBase engine, FolioLock locks, Folios folios)
{
    public const PageFlags Movable = PageFlags.Uptodate;
    public const PageFlags Isolated = PageFlags.Reclaim;

    private readonly FrameTable _frames = engine.Frames;
    private readonly IMovableOps?[] _drivers = new IMovableOps?[byte.MaxValue + 1]; // (C) after set-up

    /// <summary>Set-up, before tasks run: the driver of a page type.</summary>
    public void Register(PageType type, IMovableOps driver) => _drivers[(byte)type] = driver;

    /// <summary>True for a marked page of a type that has a driver. Without a reference a hint.</summary>
    public bool IsMovableOps(Pfn page)
    {
        PageType type = _frames.Map(page).Type;
        return type != PageType.None && _drivers[(byte)type] is not null && _frames.Flags(page).Has(Movable);
    }

    /// <summary>isolate_movable_ops_page: no reference yet; false: not such a page, locked, isolated already, or refused. True: a reference is held and Isolated set.</summary>
    /// <remarks>Never waits. A page that turns out to be something else was referred to for a moment: seed 000 of the reference.</remarks>
    public bool TryIsolate(TaskId task, Pfn page)
    {
        if (CompoundWord.IsTail(_frames.Compound(page).Raw) || !_frames.Ref(page).TryGet()) { return false; }
        engine.Ledger.Take(task, page, RefHolder.Speculative);
        if (IsMovableOps(page) && locks.TryLock(task, page))
        {
            bool isolated = IsolateLocked(task, page);
            locks.Unlock(task, page);
            if (isolated)
            {
                engine.Ledger.Move(task, page, RefHolder.Speculative, RefHolder.Isolation);
                return true;
            }
        }
        engine.Ledger.Drop(task, page, RefHolder.Speculative);
        folios.Put(task, page);
        return false;
    }

    /// <summary>putback_movable_ops_page: an isolated page that did not move goes back to its driver. Blocking on the folio lock.</summary>
    public void Putback(TaskId task, Pfn page)
    {
        locks.Lock(task, page);
        DriverOf(page).Putback(task, page);
        _frames.Flags(page).Clear(Isolated);
        locks.Unlock(task, page);
        engine.Ledger.Drop(task, page, RefHolder.Isolation);
        folios.Put(task, page);
    }

    /// <summary>Both locked: the driver's callback; clears Isolated on success. False: the driver does not want to now.</summary>
    public bool Migrate(TaskId task, Pfn target, Pfn source)
    {
        if (!DriverOf(source).Migrate(task, target, source)) { return false; }
        _frames.Flags(source).Clear(Isolated);
        return true;
    }

    /// <summary>A page that its driver has released meanwhile is not isolated any more. Blocking on the folio lock.</summary>
    public void ForgetIsolated(TaskId task, Pfn page)
    {
        locks.Lock(task, page);
        if (_frames.Flags(page).Has(Isolated)) { _frames.Flags(page).Clear(Isolated); }
        locks.Unlock(task, page);
    }

    private bool IsolateLocked(TaskId task, Pfn page)
    {
        // The type may have gone while the lock was not held: a page that was freed and is something else now.
        if (!IsMovableOps(page) || _frames.Flags(page).Has(Isolated) || !DriverOf(page).Isolate(task, page)) { return false; }
        _frames.Flags(page).Set(Isolated);
        return true;
    }

    private IMovableOps DriverOf(Pfn page)
    {
        IMovableOps? driver = _drivers[(byte)_frames.Map(page).Type];
        Bug.If(driver is null, ViolationKind.Unexpected, "isolated page without a driver", page.Value);
        return driver;
    }
}
