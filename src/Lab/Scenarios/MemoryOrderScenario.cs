using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Orders that the engine relies on, each taken out in turn: by store buffers what x64 would show, by happens-before what it hides.</summary>
internal sealed class MemoryOrderScenario : Scenario
{
    public override string Slug => "memory-order";

    public override string Question => "Is every release, acquire and fence of the engine needed, and is each that is needed there?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Raced("unfreeze", "MO-1", PlantedBug.None, "the count of a thawed folio is released: who gets a reference sees what was written while it was frozen", () => new Thaw()),
        Raced("unfreeze-plain", "MO-1a", PlantedBug.UnfreezePlain, "a plain store thaws the folio: right on x64 by luck, a race everywhere", () => new Thaw()),
        Raced("spin-lock", "MO-2", PlantedBug.None, "unlock releases what the next owner acquires", () => new TwoOwners()),
        Raced("lock-released-plain", "MO-2a", PlantedBug.LockReleasedPlain, "the next owner need not see what was written under the lock", () => new TwoOwners()),
        Raced("entry", "MO-3", PlantedBug.None, "an entry is stored with release order after the page it maps was filled", () => new FaultAndRead()),
        Raced("entry-published-plain", "MO-3a", PlantedBug.EntryPublishedPlain, "message passing with a plain flag: who finds the entry need not find the contents", () => new FaultAndRead()),

        Buffered("access", "MO-4", PlantedBug.None, "access word, then cache; cache void, then access words: one of the two sees the other", [], () => new ZapUnderWriter()),
        Buffered("access-without-fence", "MO-4a", PlantedBug.AccessWithoutFence, "the access is still in the store buffer when the shootdown looks for it", [ViolationKind.DataMismatch], () => new ZapUnderWriter()),
        Ordered("access-without-fence-sc", "MO-4b", PlantedBug.AccessWithoutFence, "the same mistake is no mistake where stores are seen at once", () => new ZapUnderWriter()),
        Buffered("fill-mark", "MO-5", PlantedBug.None, "fill mark, then page table; page table, then marks: a translation read too early is not cached", [], () => new ZapUnderFill()),
        Buffered("fill-mark-without-fence", "MO-5a", PlantedBug.FillMarkWithoutFence, "the mark is still in the store buffer when the shootdown takes marks away", [ViolationKind.StaleTranslation], () => new ZapUnderFill()),
        Ordered("fill-mark-without-fence-sc", "MO-5b", PlantedBug.FillMarkWithoutFence, "the same mistake is no mistake where stores are seen at once", () => new ZapUnderFill()),
    ];

    private static Variant Raced(string slug, string id, PlantedBug bug, string because, Func<ExplorationModel> build) =>
        Of(slug, id, bug, because, bug == PlantedBug.None ? [] : [ViolationKind.DataRace], build) with { Races = true };

    private static Variant Buffered(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        Of(slug, id, bug, because, kinds, build) with { Memory = MemoryModel.Tso, Preemptions = 1 };

    private static Variant Ordered(string slug, string id, PlantedBug bug, string because, Func<ExplorationModel> build) => Of(slug, id, bug, because, [], build);

    private static Variant Of(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) => new()
    {
        Slug = slug,
        Id = id,
        Status = bug == PlantedBug.None ? "ours" : "strawman",
        Because = because,
        Planted = bug,
        Sometimes = kinds,
        Build = _ => build(),
    };

    /// <summary>A freezer that writes while nobody else holds the folio, and two strangers that read while they hold it.</summary>
    private sealed class Thaw : ExplorationModel
    {
        private readonly FrameTable _table;
        private readonly Column<int> _contents;

        public Thaw()
            : base(new Arena(1 << 16))
        {
            _table = new FrameTable(Arena, 1);
            _contents = Arena.Add<int>("contents", 1, ColumnKind.State);
            _table.BeginLife(new Pfn(0));
            _table.Ref(new Pfn(0)).Publish(1);
            Actors = [new Actor("freezer", [new Operation("freeze, write, thaw", Freeze)]), new Actor("stranger", [new Operation("read", Read)]), new Actor("stranger too", [new Operation("read", Read)])];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        private FolioRef Folio => _table.Ref(new Pfn(0));

        private void Freeze()
        {
            if (!Folio.TryFreeze(1)) { return; }
            Atomic.PlainStore(ref _contents[0], 1);
            Folio.Unfreeze(1);
        }

        private void Read()
        {
            if (!Folio.TryGet()) { return; }
            Atomic.PlainLoad(ref _contents[0]);
            Folio.PutTestZero();
        }
    }

    /// <summary>A word that is changed plainly under a spin lock.</summary>
    private sealed class TwoOwners : ExplorationModel
    {
        private readonly CpuSlots _cpus;
        private readonly Column<int> _lock;
        private readonly Column<int> _inside;

        public TwoOwners()
            : base(new Arena(1 << 16))
        {
            _cpus = new CpuSlots(Arena, 1, 2);
            _lock = Arena.Add<int>("lock", 1, ColumnKind.State);
            _inside = Arena.Add<int>("inside", 1, ColumnKind.State);
            Actors = [.. new[] { 0, 1 }.Select(t => new Actor($"owner {t}", [new Operation("lock, add, unlock", () => Change(new TaskId(t)))]))];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override void CheckQuiescence() => Bug.If(_inside[0] != 2, ViolationKind.DataMismatch, "what was added under the lock is lost");

        private void Change(TaskId task)
        {
            WordLock gate = new(ref _lock[0], _cpus.Ranks, LockRank.WaitBucket);
            gate.Lock(task);
            Atomic.PlainStore(ref _inside[0], Atomic.PlainLoad(ref _inside[0]) + 1);
            gate.Unlock(task);
        }
    }

    private sealed class FaultAndRead : EngineMachine
    {
        public FaultAndRead()
            : base(tasks: 2, free: 4)
        {
            MmId mm = NewMm(pages: 1);
            Add("reader", Read(mm, 0));
            Add("reader too", Read(mm, 0));
        }
    }

    /// <summary>A writer with a cached translation; somebody takes the page away, and the frame begins another life at once.</summary>
    private sealed class ZapUnderWriter : EngineMachine
    {
        public ZapUnderWriter()
            : base(tasks: 2, free: 1)
        {
            MmId mm = NewMm();
            MmId other = NewMm();
            Touched(mm, 0, version: 1);
            Engine.Memories.TryWrite(SetUp, mm, 0, new PageSignature((uint)mm.Value, 1, 0)); // the CPU has the translation cached
            Add("writer", Write(mm, 0, version: 2));
            Add("discard", Op("discard", task => Engine.Mms.Discard(task, mm, 0, 1)), Write(other, 1, version: 1), Read(other, 1));
        }
    }

    /// <summary>The same, and the translation is not cached yet: the writer fills the cache while the page is taken away.</summary>
    private sealed class ZapUnderFill : EngineMachine
    {
        public ZapUnderFill()
            : base(tasks: 2, free: 2)
        {
            MmId mm = NewMm();
            Touched(mm, 0, version: 1);
            Add("writer", Write(mm, 0, version: 2));
            Add("discard", Op("discard", task => Engine.Mms.Discard(task, mm, 0, 1)));
        }
    }
}
