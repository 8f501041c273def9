using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Native;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Every way to lock a folio and to wait for one: hot, spread, colliding in one bucket, of the imported host.</summary>
internal sealed class LockStorm : SoakWorkload
{
    private const int VerifyOneIn = 8;
    private const int BurstOneInSteps = 256;
    private const int BurstLocks = 24;
    private const double ShortHoldNs = 300;
    private const double LongHoldNs = 40_000;
    private const int BurstHoldMostNs = 60_000;

    private readonly FolioLock _locks;
    private readonly FrameTable _frames;
    private readonly FrameContents _contents;
    private readonly Folios _folios;
    private readonly LockTargets _targets;
    private readonly PageTableLocks _pageTables;
    private readonly TaskId _task;
    private readonly int _tasks;
    private readonly bool _verifyAll;
    private uint _version;

    public LockStorm(SoakWorker worker)
        : base(worker)
    {
        _locks = World.Machine.Locks;
        _frames = World.Machine.Frames;
        _contents = World.Machine.Contents;
        _folios = World.Machine.Folios;
        _targets = World.LockTargets;
        _pageTables = World.PageTables;
        _task = worker.Task;
        _tasks = World.Machine.Cpus.Tasks;
        _verifyAll = World.Options.Checked;
    }

    public override void Step()
    {
        for (int i = 0; i < StepOperations; i++)
        {
            if (Worker.Rng.OneIn(4) && TryGetImported(out Pfn imported))
            {
                LockImported(imported);
                continue;
            }
            Pfn pfn = PickTarget();
            switch (Worker.Rng.Below(64))
            {
                case < 4:
                    LockKillable(pfn);
                    break;
                case < 8:
                    LockTimed(pfn);
                    break;
                case < 12:
                    WaitShared(pfn);
                    break;
                case < 15:
                    PutAndWait(pfn);
                    break;
                case < 17:
                    WaitWithoutReference(pfn);
                    break;
                case 17:
                    CancelSomebody();
                    break;
                default:
                    Lock(pfn);
                    break;
            }
        }
        if (Worker.Rng.OneIn(BurstOneInSteps)) { Burst(); }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        // Between steps nothing is held: the targets are kept by the world.
    }

    public override void Drain()
    {
    }

    private Pfn PickTarget()
    {
        int draw = Worker.Rng.Below(16);
        if (draw < 4) { return _targets.Hot; }
        if (draw >= 8 || !_targets.HasColliding) { return _targets.Any(ref Worker.Rng); }
        Worker.Stats.Saw(Sighting.CollidingLocked);
        return _targets.Colliding(ref Worker.Rng);
    }

    // A frame of the host may have been emptied by now: a reference tells whether a folio is there, and keeps it.
    private bool TryGetImported(out Pfn pfn)
    {
        pfn = _targets.Imported(ref Worker.Rng);
        if (pfn.IsNone || !_frames.Ref(pfn).TryGet()) { return false; }
        if (_frames.Flags(pfn).Has(PageFlags.Lru) && !CompoundWord.IsTail(_frames.Compound(pfn).Raw)) { return true; }
        _folios.Put(_task, pfn);
        return false;
    }

    // What it contains belongs to the processes that map it.
    private void LockImported(Pfn pfn)
    {
        World.Takers.Note(_task, pfn, Operation.TryGet);
        Worker.Stats.Saw(Sighting.ImportedLocked);
        long began;
        switch (Worker.Rng.Below(16))
        {
            case 0:
                began = Worker.Stats.Begin(Operation.LockKillable, pfn);
                bool locked = _locks.LockKillable(_task, pfn) == WaitResult.Done;
                Worker.Stats.End(Operation.LockKillable, began, locked);
                if (locked) { _locks.Unlock(_task, pfn); }
                else { _locks.ClearCancel(_task); }
                break;
            case 1:
                began = Worker.Stats.Begin(Operation.PutAndWait, pfn);
                WaitResult result = _locks.PutAndWait(_task, pfn, _folios, killable: true);
                Worker.Stats.End(Operation.PutAndWait, began, result == WaitResult.Done);
                if (result == WaitResult.Cancelled) { _locks.ClearCancel(_task); }
                return;
            default:
                began = Worker.Stats.Begin(Operation.Lock, pfn);
                _locks.Lock(_task, pfn);
                Worker.Stats.End(Operation.Lock, began);
                double holdNs = HoldNs();
                if (holdNs > 0) { Hold(holdNs); }
                _locks.Unlock(_task, pfn);
                break;
        }
        _folios.Put(_task, pfn);
    }

    private void Lock(Pfn pfn)
    {
        long began = Worker.Stats.Begin(Operation.Lock, pfn);
        _locks.Lock(_task, pfn);
        Worker.Stats.End(Operation.Lock, began);
        Inside(pfn, HoldNs());
    }

    private void LockKillable(Pfn pfn)
    {
        long began = Worker.Stats.Begin(Operation.LockKillable, pfn);
        bool locked = _locks.LockKillable(_task, pfn) == WaitResult.Done;
        Worker.Stats.End(Operation.LockKillable, began, locked);
        if (locked) { Inside(pfn, HoldNs()); }
        else { _locks.ClearCancel(_task); }
    }

    private void LockTimed(Pfn pfn)
    {
        long began = Worker.Stats.Begin(Operation.LockTimed, pfn);
        bool locked = _locks.LockFor(_task, pfn, Math.Max(0, Worker.Rng.Below(8) - 5)) == WaitResult.Done;
        Worker.Stats.End(Operation.LockTimed, began, locked);
        if (locked) { Inside(pfn, HoldNs()); }
    }

    private void WaitShared(Pfn pfn)
    {
        GetReference(pfn);
        bool killable = Worker.Rng.OneIn(2);
        long began = Worker.Stats.Begin(Operation.WaitShared, pfn);
        WaitResult result = _locks.WaitUnlocked(_task, pfn, killable);
        Worker.Stats.End(Operation.WaitShared, began, result == WaitResult.Done);
        if (result == WaitResult.Cancelled) { _locks.ClearCancel(_task); }
        bool last = _frames.Ref(pfn).PutTestZero();
        Bug.If(last, ViolationKind.RefMissing, "a waiter's reference was the last one of a folio that the run keeps", pfn.Value);
    }

    private void PutAndWait(Pfn pfn)
    {
        GetReference(pfn);
        long began = Worker.Stats.Begin(Operation.PutAndWait, pfn);
        WaitResult result = _locks.PutAndWait(_task, pfn, _folios, killable: true);
        Worker.Stats.End(Operation.PutAndWait, began, result == WaitResult.Done);
        if (result == WaitResult.Cancelled) { _locks.ClearCancel(_task); }
    }

    private void WaitWithoutReference(Pfn pfn)
    {
        WordLock pageTable = _pageTables.LockOf(pfn);
        pageTable.Lock(_task);
        long began = Worker.Stats.Begin(Operation.WaitNoReference, pfn);
        WaitResult result = _locks.WaitWithoutReference(_task, pfn, pageTable);
        Worker.Stats.End(Operation.WaitNoReference, began, result == WaitResult.Done);
    }

    private void CancelSomebody()
    {
        if (_tasks == 1) { return; }
        int other = Worker.Rng.Below(_tasks - 1);
        if (other >= _task.Value) { other++; }
        long began = Worker.Stats.Begin(Operation.Cancel, Pfn.None, FlightPlace.Task(other));
        _locks.Cancel(new TaskId(other));
        Worker.Stats.End(Operation.Cancel, began);
        Worker.Stats.Saw(Sighting.WaitedOnCancel);
    }

    // Holds the hot folio nearly all the time for a while: whoever waits for it is robbed until it is handed over.
    private void Burst()
    {
        for (int i = 0; i < BurstLocks; i++)
        {
            _locks.Lock(_task, _targets.Hot);
            Inside(_targets.Hot, Worker.Rng.Below(BurstHoldMostNs));
        }
    }

    // The lock's owner is alone with the contents: what it wrote is there until it unlocks.
    private void Inside(Pfn pfn, double holdNs)
    {
        bool verify = _verifyAll || Worker.Rng.OneIn(VerifyOneIn);
        PageSignature mine = new((uint)_task.Value, ++_version, pfn.Value);
        if (verify)
        {
            bool read = _contents.TryRead(pfn, out PageSignature before);
            Bug.If(!read || before.VirtualPage != pfn.Value, ViolationKind.DataMismatch, "contents of a locked folio are torn", pfn.Value);
            _contents.Stamp(pfn, mine);
        }
        if (holdNs > 0) { Hold(holdNs); }
        if (verify) { _contents.Verify(pfn, mine); }
        _locks.Unlock(_task, pfn);
    }

    private double HoldNs() => Worker.Rng.Below(2048) switch
    {
        0 => LongHoldNs,
        < 64 => ShortHoldNs,
        _ => 0,
    };

    private void GetReference(Pfn pfn)
    {
        bool got = _frames.Ref(pfn).TryGet();
        Bug.If(!got, ViolationKind.RefMissing, "a folio that the run keeps has no reference", pfn.Value);
        World.Takers.Note(_task, pfn, Operation.TryGet);
    }

    private static void Hold(double ns)
    {
        long began = MonotonicClock.Ticks;
        while (MonotonicClock.NanosecondsSince(began) < ns) { CpuRelax.Pause(); }
    }
}
