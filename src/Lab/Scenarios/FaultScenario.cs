using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Page faults against what else happens to the same page: zap, another fault, fork.</summary>
internal sealed class FaultScenario : Scenario
{
    public override string Slug => "fault-munmap";

    public override string Question => "Do faults, zaps and forks of one page leave exactly one reference and one map count for each entry?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("munmap", "FM-1", "munmap has the mmap lock alone, and puts what it unmapped after the flush", () => new Munmap()),
        Clean("discard", "FM-2", "a zap shares the mmap lock with faults: the entry's table lock decides", () => new Discard()),
        Clean("fault-fault", "FM-3", "the fault that comes second finds the entry taken and gives its folio back", () => new TwoFaults()),
        Clean("fork-write", "FM-4", "a fork write-protects the parent's entry under its table lock, and flushes before anybody sees the child", () => new ForkWrite()),
        Clean("zap-reuse", "FM-5", "a zapped frame is nobody else's before every translation of it is void", () => new ZapAndReuse()),
        Clean("shared-write", "FM-6", "who maps a folio alone writes to it, who shares it writes to a copy", () => new SharedWrite()),

        Planted("forgets-map-count", "FM-1a", PlantedBug.UnmapForgetsMapCount, "the entry goes, its map count stays", [ViolationKind.MapcountAtFree, ViolationKind.MapcountMismatch], () => new Munmap()),
        Planted("no-recheck", "FM-3a", PlantedBug.FaultWithoutRecheck, "the second fault writes over the first one's entry", [ViolationKind.MapcountMismatch, ViolationKind.RefLeak], () => new TwoFaults()),
        Planted("parent-stays-writable", "FM-4a", PlantedBug.ForkKeepsParentWritable, "the parent writes to what the child reads", [ViolationKind.DataMismatch], () => new ForkWrite()),
        Planted("puts-before-flush", "FM-5a", PlantedBug.ZapPutsBeforeFlush, "a store through the old translation lands in the frame's next life", [ViolationKind.DataMismatch], () => new ZapAndReuse()),
        Planted("reuses-shared", "FM-6a", PlantedBug.CowReusesShared, "the parent writes to the folio that its child maps too", [ViolationKind.DataMismatch], () => new SharedWrite()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build, int preemptions = 2) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build(), Preemptions = preemptions };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    private sealed class Munmap : EngineMachine
    {
        public Munmap()
            : base(tasks: 2, free: 4)
        {
            MmId mm = NewMm();
            Touched(mm, 0, version: 1);
            Add("faults", Write(mm, 0, version: 2), Write(mm, 1, version: 1));
            Add("munmap", Op("munmap both pages", task => Engine.Mms.Unmap(task, mm, 0, 2)));
        }
    }

    private sealed class Discard : EngineMachine
    {
        private readonly MmId _mm;

        public Discard()
            : base(tasks: 2, free: 4)
        {
            _mm = NewMm();
            Touched(_mm, 0, version: 1);
            Add("faults", Write(_mm, 0, version: 2), Read(_mm, 0));
            Add("discard", Op("discard both pages", task => Engine.Mms.Discard(task, _mm, 0, 2)));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(ContentsAtRest(_mm, 0) is { Version: 1 }, ViolationKind.DataMismatch, "the page holds what was there before it was written and discarded");
        }
    }

    private sealed class TwoFaults : EngineMachine
    {
        public TwoFaults()
            : base(tasks: 2, free: 4)
        {
            MmId mm = NewMm();
            Add("fault 0", Write(mm, 0, version: 1));
            Add("fault 1", Read(mm, 0));
        }

        public override IReadOnlyList<string> RacyColumns { get; } = ["contents"]; // one thread writes to the page that the other reads
    }

    /// <summary>A process that writes to a page through what it has cached, a thread that gives the page up, and another process that gets the frame.</summary>
    private sealed class ZapAndReuse : EngineMachine
    {
        public ZapAndReuse()
            : base(tasks: 3, free: 2)
        {
            MmId mm = NewMm();
            MmId other = NewMm();
            Touched(mm, 0, version: 1);
            Add("writer", Write(mm, 0, version: 2), Write(mm, 0, version: 3));
            Add("discard", Op("discard", task => Engine.Mms.Discard(task, mm, 0, 1)));
            Add("another process", Write(other, 1, version: 1), Read(other, 1));
        }
    }

    private sealed class SharedWrite : EngineMachine
    {
        private readonly MmId _child;

        public SharedWrite()
            : base(tasks: 2, free: 4)
        {
            MmId mm = NewMm(pages: 1);
            Touched(mm, 0, version: 1);
            _child = Engine.Mms.Fork(SetUp, mm);
            Engine.Batches.DrainCpu(SetUp, Engine.Cpus.CpuOf(SetUp));
            Add("parent", Write(mm, 0, version: 2));
            Add("child", Op("child reads", Check));
        }

        private void Check(TaskId task)
        {
            Engine.Memories.TryRead(task, _child, 0, out PageSignature found, out bool intact);
            Bug.If(!intact || found.Version != 1, ViolationKind.DataMismatch, "the child sees what its parent writes after the fork");
        }
    }

    private sealed class ForkWrite : EngineMachine
    {
        private readonly MmId _mm;
        private readonly Column<int> _child;

        public ForkWrite()
            : base(tasks: 2, free: 4)
        {
            _child = Arena.Add<int>("child", 1, ColumnKind.State);
            _mm = NewMm(pages: 1);
            Touched(_mm, 0, version: 1);
            Add("writer", Write(_mm, 0, version: 2), Write(_mm, 0, version: 3));
            Add("fork", Op("fork", task => Atomic.PlainStore(ref _child[0], Engine.Mms.Fork(task, _mm).Value)), Op("child reads twice", Compare));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(ContentsAtRest(_mm, 0) is not { Version: 3 }, ViolationKind.DataMismatch, "the parent's last write is lost");
        }

        private void Compare(TaskId task)
        {
            MmId child = new(Atomic.PlainLoad(ref _child[0]));
            if (child.IsNone) { return; }
            Engine.Memories.TryRead(task, child, 0, out PageSignature first, out bool firstIntact);
            Engine.Memories.TryRead(task, child, 0, out PageSignature second, out bool secondIntact);
            Bug.If(!firstIntact || !secondIntact || first != second, ViolationKind.DataMismatch, "the child sees what its parent writes");
        }
    }
}
