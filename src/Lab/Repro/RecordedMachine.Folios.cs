using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Soak;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Lab.Repro;

/// <content>What workers do with folios that nobody maps: references, locks, the LRU.</content>
internal sealed partial class RecordedMachine
{
    private (string, Action<TaskId>) SlotOperation(RecordedStep step)
    {
        int slot = step.Object;
        return step.Kind switch
        {
            StepKind.ReadSlot => Op($"look up slot {slot}", task => ReadSlot(task, slot)),
            StepKind.DropSlot => Op($"put what slot {slot} gave", task => DropSlot(task, slot)),
            StepKind.ReplaceSlot => Op($"replace slot {slot}", task => ReplaceSlot(task, slot)),
            _ => Op($"freeze slot {slot}", task => FreezeSlot(task, slot)),
        };
    }

    private void ReadSlot(TaskId task, int slot)
    {
        long word = Atomic.Load(ref _slots[slot]);
        if (word == 0) { return; }
        FolioHandle handle = RefSlots.HandleOf(word);
        if (!Engine.Frames.Ref(handle.Pfn).TryGet()) { return; }
        if (!Engine.Frames.IsSameLife(handle))
        {
            Engine.Folios.Put(task, handle.Pfn);
            return;
        }
        VerifySlot(handle, slot);
        DropSlot(task, slot);
        Atomic.PlainStore(ref HandleOf(task, slot), word);
    }

    private void DropSlot(TaskId task, int slot)
    {
        ref long held = ref HandleOf(task, slot);
        long word = Atomic.PlainLoad(ref held);
        if (word == 0) { return; }
        FolioHandle handle = RefSlots.HandleOf(word);
        Engine.Frames.VerifyAlive(handle);
        VerifySlot(handle, slot);
        Atomic.PlainStore(ref held, 0);
        PutSlot(task, handle.Pfn);
    }

    private void ReplaceSlot(TaskId task, int slot)
    {
        Pfn pfn = Engine.Allocator.AllocateFolio(task, 0, MigrateType.Movable);
        if (pfn.IsNone) { return; }
        Engine.Contents.Stamp(pfn, new PageSignature((uint)task.Value, 1, RefSlots.VirtualPageOf(slot)));
        long old = Atomic.Exchange(ref _slots[slot], RefSlots.Pack(Engine.Frames.Handle(pfn), task));
        if (old != 0) { PutSlot(task, RefSlots.HandleOf(old).Pfn); }
    }

    private void FreezeSlot(TaskId task, int slot)
    {
        long word = Atomic.Exchange(ref _slots[slot], 0);
        if (word == 0) { return; }
        Pfn pfn = RefSlots.HandleOf(word).Pfn;
        if (Engine.Frames.Ref(pfn).TryFreeze(1))
        {
            Engine.Contents.Stamp(pfn, new PageSignature((uint)task.Value, 2, RefSlots.VirtualPageOf(slot)));
            Engine.Frames.Ref(pfn).Unfreeze(1);
        }
        if (Atomic.CompareExchange(ref _slots[slot], word, 0) != 0) { PutSlot(task, pfn); }
    }

    private void PutSlot(TaskId task, Pfn pfn)
    {
        if (Engine.Frames.Ref(pfn).PutTestZero()) { Engine.Allocator.Release(task, pfn); }
    }

    private void VerifySlot(FolioHandle handle, int slot)
    {
        bool read = Engine.Contents.TryRead(handle.Pfn, out PageSignature found);
        Bug.If(!read || found.VirtualPage != RefSlots.VirtualPageOf(slot), ViolationKind.DataMismatch, "contents changed under a reference", handle.Pfn.Value);
    }

    private void CheckSlotAtRest(int slot)
    {
        if (_slots[slot] == 0) { return; }
        FolioHandle handle = RefSlots.HandleOf(_slots[slot]);
        Engine.Frames.VerifyAlive(handle);
        VerifySlot(handle, slot);
    }

    private ref long HandleOf(TaskId task, int slot) => ref _handles[(task.Value * _folios.Length) + slot];

    private (string, Action<TaskId>) LockOperation(RecordedStep step)
    {
        if (step.Kind == StepKind.Cancel) { return Op($"cancel worker {(char)('A' + step.Object)}", _ => Engine.Locks.Cancel(new TaskId(step.Object))); }
        Pfn pfn = _folios[step.Object];
        int target = step.Object;
        return step.Kind switch
        {
            StepKind.LockKillable => Op($"lock {pfn} killably, change, unlock", task => Inside(task, target, Engine.Locks.LockKillable(task, pfn))),
            StepKind.LockTimed => Op($"lock {pfn} for a time, change, unlock", task => Inside(task, target, Engine.Locks.LockFor(task, pfn, 1))),
            StepKind.WaitShared => Op($"wait for {pfn}", task => WaitShared(task, pfn)),
            StepKind.PutAndWait => Op($"put {pfn} and wait", task => PutAndWait(task, pfn)),
            StepKind.GetAndPut => Op($"take {pfn} and put it", task =>
            {
                if (Engine.Frames.Ref(pfn).TryGet()) { Engine.Folios.Put(task, pfn); }
            }),
            StepKind.WaitNoReference => Op($"wait for {pfn} without a reference", task => WaitWithoutReference(task, pfn)),
            _ => Op($"lock {pfn}, change, unlock", task =>
            {
                Engine.Locks.Lock(task, pfn);
                Inside(task, target, Waiting.WaitResult.Done);
            }),
        };
    }

    // Load and store: two who are inside at once lose an increment.
    private void Inside(TaskId task, int target, Waiting.WaitResult locked)
    {
        if (locked != Waiting.WaitResult.Done)
        {
            Engine.Locks.ClearCancel(task);
            return;
        }
        ref int word = ref _inside[target];
        int seen = Atomic.Load(ref word);
        Atomic.Store(ref word, seen + 1);
        ref int entered = ref _entered[task.Value];
        Atomic.PlainStore(ref entered, Atomic.PlainLoad(ref entered) + 1);
        Engine.Locks.Unlock(task, _folios[target]);
    }

    private void WaitShared(TaskId task, Pfn pfn)
    {
        Engine.Frames.Ref(pfn).Get();
        if (Engine.Locks.WaitUnlocked(task, pfn, killable: true) == Waiting.WaitResult.Cancelled) { Engine.Locks.ClearCancel(task); }
        bool last = Engine.Frames.Ref(pfn).PutTestZero();
        Bug.If(last, ViolationKind.RefMissing, "a waiter's reference was the last one of a folio that is kept", pfn.Value);
    }

    private void PutAndWait(TaskId task, Pfn pfn)
    {
        Engine.Frames.Ref(pfn).Get();
        if (Engine.Locks.PutAndWait(task, pfn, Engine.Folios, killable: true) == Waiting.WaitResult.Cancelled) { Engine.Locks.ClearCancel(task); }
    }

    private void WaitWithoutReference(TaskId task, Pfn pfn)
    {
        WordLock pageTable = _pageTables.LockOf(pfn);
        pageTable.Lock(task);
        Engine.Locks.WaitWithoutReference(task, pfn, pageTable);
    }

    private void SetUpOnLru(int target, ObjectKind kind)
    {
        Pfn pfn = _folios[target];
        Engine.Frames.Flags(pfn).Set(PageFlags.Uptodate | PageFlags.Swapbacked);
        _owned[target] = 1;
        if (kind == ObjectKind.OffList) { return; }
        Listed(pfn);
        if (kind == ObjectKind.Isolated && Engine.Isolation.TryIsolate(SetUp, pfn)) { _isolated[target] = 1; }
    }

    private (string, Action<TaskId>) LruOperation(RecordedStep step)
    {
        int target = step.Object;
        Pfn pfn = _folios[target];
        return step.Kind switch
        {
            StepKind.Add => Op($"add {pfn}", task =>
            {
                if (Atomic.PlainLoad(ref _owned[target]) != 0) { Engine.Batches.Add(task, pfn); }
            }),
            StepKind.Request => Op($"{(BatchKind)step.Argument} {pfn}".ToLowerInvariant(), task =>
            {
                if (Atomic.PlainLoad(ref _owned[target]) != 0) { Engine.Batches.Queue(task, pfn, (BatchKind)step.Argument); }
            }),
            StepKind.Isolate => Op($"isolate {pfn}", task => IsolateOwn(task, target)),
            StepKind.PutBack => Op($"put {pfn} back", task => PutBackOwn(task, target)),
            _ => Op(step.Argument == 0 ? $"put {pfn}" : $"put {pfn}, migrate", task => PutOwn(task, target, asMigration: step.Argument != 0)),
        };
    }

    private void IsolateOwn(TaskId task, int target)
    {
        if (Atomic.PlainLoad(ref _owned[target]) == 0 || Atomic.PlainLoad(ref _isolated[target]) != 0) { return; }
        if (Engine.Isolation.TryIsolate(task, _folios[target])) { Atomic.PlainStore(ref _isolated[target], 1); }
    }

    private void PutBackOwn(TaskId task, int target)
    {
        if (Atomic.PlainLoad(ref _isolated[target]) == 0) { return; }
        Atomic.PlainStore(ref _isolated[target], 0);
        Engine.Isolation.Putback(task, _folios[target]);
    }

    // An isolated folio may also be let go so that migration is the last who refers to it.
    private void PutOwn(TaskId task, int target, bool asMigration)
    {
        if (Atomic.PlainLoad(ref _owned[target]) == 0) { return; }
        if (!asMigration) { PutBackOwn(task, target); }
        else if (Atomic.PlainLoad(ref _isolated[target]) != 0)
        {
            Atomic.PlainStore(ref _isolated[target], 0);
            _isolatedOf[task.Value].AddTail(_folios[target]);
        }
        Atomic.PlainStore(ref _owned[target], 0);
        Engine.Folios.Put(task, _folios[target]);
        MigrateOwn(task, Migration.MigrateMode.Async);
    }
}
