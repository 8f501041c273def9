using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>The reverse map: migration entries are made and removed while the places of a folio come and go.</summary>
internal sealed class RmapScenario : Scenario
{
    public override string Slug => "reverse-map";

    public override string Question => "Does a walk find each place of a folio once, whatever forks, munmaps, faults and pins do meanwhile?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("rollback-fork", "RM-1", "a child's place comes after its parent's in a walk, and is linked before entries are copied", () => new Fork(move: false)),
        Clean("move-fork", "RM-2", "as above, with a new frame for the folio", () => new Fork(move: true)),
        Clean("move-munmap", "RM-3", "an entry that is zapped is owed nothing, and the anon_vma is kept by the walker", () => new Munmap()),
        Clean("move-fault", "RM-4", "a fault that meets a migration entry sleeps until the folio is unlocked", () => new Fault()),
        Clean("move-pin", "RM-5", "the entry goes before the count is read, the count is raised before the entry is read again", () => new Pin()),
        Clean("merged-places", "RM-6", "a place dies without the node's lock; who is led astray by an item that left the list looks again", () => new Merged()),

        Planted("rollback-forgets", "RM-1a", PlantedBug.RollbackForgetsMapping, "a place is cleared and not restored: what was written is lost", [ViolationKind.DataMismatch], () => new Fork(move: false)),
        Planted("stale-entry", "RM-2a", PlantedBug.StaleMigrationEntry, "a place is left out when entries are removed", [ViolationKind.StaleEntry, ViolationKind.EntryWithoutLock], () => new Fork(move: true)),
        Planted("pin-no-recheck", "RM-5a", PlantedBug.PinWithoutRecheck, "a pin of the frame that the page has just left", [ViolationKind.DataMismatch, ViolationKind.RefLeak], () => new Pin()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build, int preemptions = 2) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build(), Preemptions = preemptions };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    /// <summary>One page of one Mm, and a task that unmaps its folio everywhere and maps it again, or another one.</summary>
    private abstract class RmapMachine : EngineMachine
    {
        protected RmapMachine(int tasks)
            : base(tasks, free: 4)
        {
            Mm = NewMm(pages: 1);
            Source = Touched(Mm, 0, version: 1);
        }

        protected MmId Mm { get; }

        /// <summary>The frame of the page at the start.</summary>
        protected Pfn Source { get; }

        protected (string Name, Action<TaskId> Run) RollBack() => Op("unmap and roll back", task => Migrate(task, move: false));

        protected (string Name, Action<TaskId> Run) Move() => Op("move", task => Migrate(task, move: true));

        // The reverse-map part of a migration of one anonymous folio.
        private void Migrate(TaskId task, bool move)
        {
            if (!Engine.Frames.Ref(Source).TryGet()) { return; }
            if (Engine.Locks.TryLock(task, Source))
            {
                int anonVma = Engine.AnonVmas.TryGet(task, Source);
                if (anonVma != 0)
                {
                    UnmapAndMap(task, move);
                    Engine.AnonVmas.Put(task, anonVma);
                }
                Engine.Locks.Unlock(task, Source);
            }
            Engine.Folios.Put(task, Source);
        }

        private void UnmapAndMap(TaskId task, bool move)
        {
            bool unmapped = Engine.Rmap.TryToMigrate(task, Source, deferFlush: true);
            Engine.Tlb.FlushDeferred(task);
            bool alone = unmapped && Engine.Frames.Ref(Source).CountUnsafe == 1;
            Pfn target = move && alone ? Engine.Allocator.Allocate(task, 0, MigrateType.Movable) : Pfn.None;
            if (target.IsNone)
            {
                Engine.Rmap.RemoveMigrationEntries(task, Source, Source);
                return;
            }
            FrameTable frames = Engine.Frames;
            bool locked = Engine.Locks.TryLock(task, target);
            Bug.If(!locked, ViolationKind.DoubleOwner, "a fresh folio is locked", target.Value);
            Engine.Contents.Copy(Source, target);
            frames.SetIndexLocked(target, frames.IndexLocked(Source));
            frames.Mapping(target).SetLocked(frames.Mapping(Source).Raw);
            frames.Flags(target).Set(frames.Flags(Source).Read() & (PageFlags.Swapbacked | PageFlags.Uptodate | PageFlags.Dirty));
            Engine.Rmap.RemoveMigrationEntries(task, Source, target);
            Engine.Locks.Unlock(task, target);
            Engine.Folios.Put(task, target);
        }
    }

    private sealed class Fork : RmapMachine
    {
        private readonly Column<int> _child;

        public Fork(bool move)
            : base(tasks: 2)
        {
            _child = Arena.Add<int>("child", 1, ColumnKind.State);
            Add("migration", move ? Move() : RollBack());
            Add("fork", Op("fork", task => Atomic.PlainStore(ref _child[0], Engine.Mms.Fork(task, Mm).Value)));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(_child[0] == 0, ViolationKind.Unexpected, "the fork failed");
            Bug.If(ContentsAtRest(Mm, 0) is not { Version: 1 }, ViolationKind.DataMismatch, "the parent lost its page");
            Bug.If(ContentsAtRest(new MmId(_child[0]), 0) is not { Version: 1 }, ViolationKind.DataMismatch, "the child lost its page");
        }
    }

    private sealed class Munmap : RmapMachine
    {
        public Munmap()
            : base(tasks: 2)
        {
            Add("migration", Move());
            Add("munmap", Op("munmap", task => Engine.Mms.Unmap(task, Mm, 0, 1)));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(Engine.AnonVmas.UsedAtRest() != (0, 0), ViolationKind.RefLeak, "an anon_vma is left", nameof(CheckQuiescence));
        }
    }

    private sealed class Fault : RmapMachine
    {
        public Fault()
            : base(tasks: 3)
        {
            Add("migration", Move());
            Add("writer", Write(Mm, 0, version: 2));
            Add("reader", Read(Mm, 0));
        }

        public override IReadOnlyList<string> RacyColumns { get; } = ["contents"]; // the reader may see the page before or after the write

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(ContentsAtRest(Mm, 0) is not { Version: 2 }, ViolationKind.DataMismatch, "what was written is lost");
        }
    }

    /// <summary>A pinned frame stays the page's: what a device writes to it is what the process reads.</summary>
    private sealed class Pin : RmapMachine
    {
        private readonly Column<int> _pinned; // frame + 1

        public Pin()
            : base(tasks: 2)
        {
            _pinned = Arena.Add<int>("pinned", 1, ColumnKind.State);
            Add("migration", Move());
            Add("device", Op("pin", task => Atomic.PlainStore(ref _pinned[0], Engine.Pins.TryPin(task, Mm, 0, write: true).Value + 1)));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            PteSlot slot = Engine.Tables.Find(Engine.Mms.RootOf(Mm), 0);
            Bug.If(_pinned[0] != 0 && Engine.Tables.Read(slot).Pfn.Value != _pinned[0] - 1, ViolationKind.DataMismatch, "the page left the frame that is pinned", _pinned[0] - 1);
        }

        protected override int HeldAtRest(Pfn pfn) => _pinned[0] == pfn.Value + 1 ? Pins.Bias : 0;
    }

    /// <summary>A node with three places: two die while a third task adds one, which takes dead ones off the list.</summary>
    private sealed class Merged : EngineMachine
    {
        private readonly VmaId _vma;
        private readonly int _node;

        public Merged()
            : base(tasks: 3, free: 1)
        {
            _vma = new VmaId(1);
            _node = Engine.Ksm.Create(SetUp);
            for (int page = 0; page < 3; page++) { Engine.Ksm.Add(SetUp, _node, _vma, page); }
            Add("zap 0", Zap(0));
            Add("zap 2", Zap(2));
            Add("merge", Op("add place 3", task => Bug.If(!Engine.Ksm.Add(task, _node, _vma, 3), ViolationKind.Unexpected, "no item for a place")));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            List<long> places = [];
            for (int item = Engine.Ksm.FirstItem(_node); item != 0; item = Engine.Ksm.NextItem(item))
            {
                if (!Engine.Ksm.VmaOf(item).IsNone) { places.Add(Engine.Ksm.PageOf(item)); }
            }
            Bug.If(!places.SequenceEqual([1, 3]), ViolationKind.BrokenList, $"the node has the places {string.Join(' ', places)}");
        }

        private (string Name, Action<TaskId> Run) Zap(long page) => Op($"zap place {page}", task =>
            Bug.If(!Engine.Ksm.Remove(task, _node, _vma, page), ViolationKind.BrokenList, "a place is not found that was noted"));
    }
}
