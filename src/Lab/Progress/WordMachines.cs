using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Progress;

/// <summary>Structures of one word or a few: references, flags, map counts, slots of CPUs, mailboxes, the lock of an Mm, a pool of numbers.</summary>
internal static class WordMachines
{
    private static readonly CpuId s_cpu = new(0);

    public static IEnumerable<CataloguedMachine> All =>
    [
        new("references", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio(3);
            return m.Task(Get(p), Put(p)).Task(TryGet(p), Put(p)).Task(Put(p));
        }),
        new("freeze", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            return m.Task(TryFreeze(p)).Task(TryGet(p)).Task(TryGet(p));
        }),
        new("unfreeze", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            m.Engine.Frames.Ref(p).TryFreeze(1);
            return m.Task(Unfreeze(p)).Task(TryGet(p)).Task(TryGet(p));
        }),
        new("flags", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            return m.Task(SetFlag(p), ClearFlag(p)).Task(TestAndSet(p), LockBit(p)).Task(TestAndClear(p), LockBit(p));
        }),
        new("map count", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            return m.Task(AddMap(p), RemoveMap(p)).Task(AddMap(p), RemoveMap(p)).Task(AddMap(p));
        }),
        new("CPU slots", () =>
        {
            ProgressMachine m = new(cpus: 2);
            m.Engine.Cpus.Place(new TaskId(1), s_cpu);
            return m.Task(EnterRemote, Leave).Task(TryEnterAndLeave).Task(Move(new TaskId(1)));
        }),
        new("CPU slots, tried", () => new ProgressMachine(cpus: 1).Task(TryEnterAndLeave).Task(TryEnterRemoteAndLeave).Task(TryEnterAndLeave)),
        new("mailbox", () => new ProgressMachine().Task(Send, Take).Task(Send, Acknowledge).Task(Take, Acknowledge)),
        new("mmap lock", () => new PoolMachine().Readers().Writer()),
        new("mmap lock, two writers", () => new PoolMachine().Writer().Writer()),
        new("slot pool", () => new PoolMachine().TakeGive().TakeGive()),
    ];

    private static DeclaredOperation Get(Pfn p) => new("FolioRef.Get", ProgressGuarantee.WaitFree(1), (e, _) => e.Frames.Ref(p).Get());

    private static DeclaredOperation Put(Pfn p) => new("FolioRef.PutTestZero", ProgressGuarantee.WaitFree(1), (e, _) => e.Frames.Ref(p).PutTestZero());

    private static DeclaredOperation TryGet(Pfn p) => new("FolioRef.TryGet", ProgressGuarantee.LockFree, (e, _) => e.Frames.Ref(p).TryGet());

    private static DeclaredOperation TryFreeze(Pfn p) => new("FolioRef.TryFreeze", ProgressGuarantee.WaitFree(1), (e, _) => e.Frames.Ref(p).TryFreeze(1));

    private static DeclaredOperation Unfreeze(Pfn p) => new("FolioRef.Unfreeze", ProgressGuarantee.WaitFree(2), (e, _) => e.Frames.Ref(p).Unfreeze(1));

    private static DeclaredOperation SetFlag(Pfn p) => new("FlagsWord.Set", ProgressGuarantee.WaitFree(1), (e, _) => e.Frames.Flags(p).Set(PageFlags.Dirty));

    private static DeclaredOperation ClearFlag(Pfn p) => new("FlagsWord.Clear", ProgressGuarantee.WaitFree(1), (e, _) => e.Frames.Flags(p).Clear(PageFlags.Dirty));

    private static DeclaredOperation TestAndSet(Pfn p) => new("FlagsWord.TestAndSet", ProgressGuarantee.LockFree, (e, _) => e.Frames.Flags(p).TestAndSet(PageFlags.Referenced));

    private static DeclaredOperation TestAndClear(Pfn p) => new("FlagsWord.TestAndClear", ProgressGuarantee.LockFree, (e, _) => e.Frames.Flags(p).TestAndClear(PageFlags.Referenced));

    private static DeclaredOperation LockBit(Pfn p) => new("FlagsWord.TryLock", ProgressGuarantee.LockFree, (e, _) => e.Frames.Flags(p).TryLock());

    private static DeclaredOperation AddMap(Pfn p) => new("MapCount.Add", ProgressGuarantee.WaitFree(1), (e, _) => e.Frames.Map(p).Add());

    private static DeclaredOperation RemoveMap(Pfn p) => new("MapCount.Remove", ProgressGuarantee.WaitFree(1), (e, _) => e.Frames.Map(p).Remove());

    private static DeclaredOperation EnterRemote => new("CpuSlots.EnterRemote", ProgressGuarantee.BlockingOn("the task inside"), (e, t) => e.Cpus.EnterRemote(t, s_cpu));

    private static DeclaredOperation Leave => new("CpuSlots.LeaveRemote", ProgressGuarantee.WaitFree(4), (e, t) => e.Cpus.LeaveRemote(t, s_cpu));

    private static DeclaredOperation TryEnterAndLeave => new("CpuSlots.TryEnter and Leave", ProgressGuarantee.LockFree, (e, t) =>
    {
        if (e.Cpus.TryEnter(t, out CpuSection section)) { e.Cpus.Leave(t, section); }
    });

    private static DeclaredOperation TryEnterRemoteAndLeave => new("CpuSlots.TryEnterRemote and Leave", ProgressGuarantee.WaitFree(8), (e, t) =>
    {
        if (e.Cpus.TryEnterRemote(t, s_cpu)) { e.Cpus.LeaveRemote(t, s_cpu); }
    });

    private static DeclaredOperation Move(TaskId tenant) =>
        new("CpuSlots.Move", ProgressGuarantee.BlockingOn("the task inside the slot that is left"), (e, t) => e.Cpus.Move(t, tenant, new CpuId(1)));

    private static DeclaredOperation Send => new("CpuMailbox.Send", ProgressGuarantee.WaitFree(2), (e, _) => e.Mail.Send(s_cpu, Engine.CpuWork.Drain));

    private static DeclaredOperation Take => new("CpuMailbox.Take", ProgressGuarantee.WaitFree(2), (e, _) => e.Mail.Take(s_cpu, out int _));

    private static DeclaredOperation Acknowledge => new("CpuMailbox.AcknowledgeDrain", ProgressGuarantee.LockFree, (e, _) => e.Mail.AcknowledgeDrain(s_cpu, 2));

    /// <summary>The lock of an Mm and a pool of two numbers, alone in an arena.</summary>
    private sealed class PoolMachine : ExplorationModel
    {
        private readonly List<Actor> _actors = [];
        private readonly Column<int> _word;
        private readonly Column<int> _kept;
        private readonly LockRanks _ranks;
        private readonly SlotPool _pool;

        public PoolMachine()
            : base(new Arena(1 << 16))
        {
            _word = Arena.Add<int>("mmap_lock", 1, ColumnKind.State);
            _kept = Arena.Add<int>("kept", 3, ColumnKind.State);
            _ranks = new LockRanks(Arena, 3);
            _pool = new SlotPool(Arena, "pool", 2);
        }

        public override IReadOnlyList<Actor> Actors => _actors;

        public override void CheckQuiescence() => Bug.If(_word.AtRest[0] != 0, ViolationKind.StuckState, "the lock of the Mm is left taken");

        public PoolMachine Readers() => Task(Shared("MmapLock.LockShared", "a writer"), UnlockShared()).Task(Shared("MmapLock.LockShared", "a writer"), UnlockShared());

        public PoolMachine Writer() => Task(
            ("MmapLock.Lock", ProgressGuarantee.BlockingOn("readers and the writer inside"), t => new MmapLock(ref _word[0], _ranks).Lock(t)),
            ("MmapLock.Unlock", ProgressGuarantee.WaitFree(3), t => new MmapLock(ref _word[0], _ranks).Unlock(t)));

        public PoolMachine TakeGive() => Task(
            ("SlotPool.Take", ProgressGuarantee.LockFree, t => Atomic.PlainStore(ref _kept[t.Value], _pool.Take())),
            ("SlotPool.Give", ProgressGuarantee.LockFree, t => _pool.Give(Atomic.PlainLoad(ref _kept[t.Value]))));

        private (string, ProgressGuarantee, Action<TaskId>) Shared(string name, string on) =>
            (name, ProgressGuarantee.BlockingOn(on), t => new MmapLock(ref _word[0], _ranks).LockShared(t));

        private (string, ProgressGuarantee, Action<TaskId>) UnlockShared() =>
            ("MmapLock.UnlockShared", ProgressGuarantee.WaitFree(3), t => new MmapLock(ref _word[0], _ranks).UnlockShared(t));

        private PoolMachine Task(params (string Name, ProgressGuarantee Progress, Action<TaskId> Run)[] operations)
        {
            TaskId task = new(_actors.Count);
            _actors.Add(new Actor($"task {task.Value}", [.. operations.Select(o => new Operation(o.Name, () => o.Run(task)) { Progress = o.Progress })]));
            return this;
        }
    }
}
