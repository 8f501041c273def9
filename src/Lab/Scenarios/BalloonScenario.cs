using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>A driver of movable pages: release against isolation, migration and putback of the same page.</summary>
internal sealed class BalloonScenario : Scenario
{
    public override string Slug => "balloon";

    public override string Question => "Is a page of a balloon always on its list, isolated, or released, however deflation, isolation and migration meet?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("release-isolate", "BA-1", "the mark of a page is sticky, so isolation asks the driver whether the page is still its own", () => new Release()),
        Clean("release-migrate", "BA-2", "an isolated page is not on the list: it cannot be released before it is migrated or put back", () => new Migrate()),
        Clean("isolate-isolate", "BA-3", "the folio lock and the isolated flag let one of two isolations through", () => new TwoMigrate(), preemptions: 2),
        Clean("inflate-isolate", "BA-4", "a page is marked behind the driver lock, so whoever comes for it finds it listed", () => new Inflate()),

        Planted("isolates-released", "BA-1a", PlantedBug.BalloonIsolatesReleased, "a page that was released is taken off a list that it is not on", [ViolationKind.BrokenList], () => new Release()),
        Planted("reference-from-zero", "BA-1b", PlantedBug.TryGetFromZero, "isolation takes a reference on a page that is being freed", [ViolationKind.RefcountAtFree, ViolationKind.UseAfterFree, ViolationKind.RefUnderflow], () => new Release()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build, int preemptions = 2) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build(), Preemptions = preemptions };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    /// <summary>A balloon of a few pages, and what its tasks do to them.</summary>
    private abstract class BalloonMachine : EngineMachine
    {
        private readonly FolioLists _isolated;

        protected BalloonMachine(int tasks, int pages)
            : base(tasks, free: 4, policy: new MigrationPolicy { AsyncPasses = 1 })
        {
            _isolated = new FolioLists(Engine.Base, Engine.Links, "isolated", tasks);
            for (int i = 0; i < pages; i++)
            {
                if (!Engine.Balloon.Inflate(SetUp)) { throw new LabException("the machine is too small for its balloon"); }
            }
            for (int p = 0; p < Engine.Frames.Frames && Page.IsNone; p++)
            {
                if (Engine.Movable.IsMovableOps(new Pfn(p))) { Page = new Pfn(p); }
            }
        }

        /// <summary>The balloon's first page at the start.</summary>
        protected Pfn Page { get; } = Pfn.None;

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Engine.Balloon.AuditAtRest((kind, pfn, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        }

        protected override int HeldAtRest(Pfn pfn) => Engine.Frames.Map(pfn).Type == PageType.Offline ? 1 : 0;

        protected (string Name, Action<TaskId> Run) Deflate() => Op("deflate", task => Engine.Balloon.Deflate(task));

        protected (string Name, Action<TaskId> Run) Blow() => Op("inflate", task => Engine.Balloon.Inflate(task));

        protected (string Name, Action<TaskId> Run) IsolateAndPutBack(Pfn page) => Op($"isolate 0x{page.Value:x}, put back", task =>
        {
            if (Engine.Movable.TryIsolate(task, page)) { Engine.Movable.Putback(task, page); }
        });

        protected (string Name, Action<TaskId> Run) IsolateAndMigrate(Pfn page) => Op($"isolate 0x{page.Value:x}, migrate", task =>
        {
            FolioList list = _isolated[task.Value];
            if (!Engine.Migrator.TryIsolate(task, page, list)) { return; }
            Engine.Migrator.MigratePages(task, list, Engine.Migrator.Anywhere, MigrateMode.Async, MigrateReason.Compaction);
            Engine.Migrator.Putback(task, list);
        });
    }

    private sealed class Release : BalloonMachine
    {
        public Release()
            : base(tasks: 3, pages: 1)
        {
            Add("deflates", Deflate());
            Add("isolates", IsolateAndPutBack(Page));
            Add("isolates too", IsolateAndPutBack(Page));
        }
    }

    private sealed class Migrate : BalloonMachine
    {
        public Migrate()
            : base(tasks: 2, pages: 2)
        {
            Add("deflates", Deflate(), Deflate());
            Add("migrates", IsolateAndMigrate(Page));
        }
    }

    private sealed class TwoMigrate : BalloonMachine
    {
        public TwoMigrate()
            : base(tasks: 2, pages: 1)
        {
            Add("migrates", IsolateAndMigrate(Page));
            Add("migrates too", IsolateAndMigrate(Page));
        }
    }

    private sealed class Inflate : BalloonMachine
    {
        public Inflate()
            : base(tasks: 3, pages: 1)
        {
            Add("inflates", Blow());
            Add("deflates", Deflate());
            Add("isolates", IsolateAndPutBack(new Pfn(Page.Value == 0 ? 1 : 0)), IsolateAndPutBack(Page));
        }
    }
}
