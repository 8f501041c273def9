using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Page tables: entries that are set, changed and cleared under the table's lock while hardware walks set young and dirty without it.</summary>
internal sealed class PageTablesScenario : Scenario
{
    public override string Slug => "page-tables";

    public override string Question => "Is a store that the entry allowed seen as dirty by whoever clears or protects it, and is no table lost when trees come and go?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("map-clear-walk", "PT-1", "ptep_get_and_clear takes the last dirty bit with it; a walk that comes later fails", () => new ClearWalk()),
        Clean("protect-walk", "PT-2", "bits are changed by a compare-exchange loop, so that what a walk adds meanwhile stays", () => new ProtectWalk()),
        Clean("free-tables", "PT-3", "a tree that goes away gives its tables to one that grows: they are zero, and nobody walks them", () => new FreeTables()),

        Planted("cleared-in-two-steps", "PT-1a", PlantedBug.EntryClearedInTwoSteps, "a store between load and clear is lost with its dirty bit", () => new ClearWalk()),
        Planted("changed-without-cas", "PT-2a", PlantedBug.EntryChangedWithoutCas, "protection puts back the entry as it was before the store", () => new ProtectWalk()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build() };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = [ViolationKind.NonLinearizable], Build = _ => build() };

    /// <summary>Tables of two entries, two levels. An entry done in sequence: 0 none, or 1 present, plus 2 writable, plus 4 dirty.</summary>
    private abstract class TableMachine : StructureMachine
    {
        private const int Present = 1;
        private const int Writable = 2;
        private const int Dirty = 4;

        protected TableMachine(int tables)
        {
            Tables = new PageTables(Base, new MappingOptions { TableNodes = tables, TableOrder = 1, TableLevels = 2 });
            Root = Tables.NewRoot(new TaskId(0));
        }

        protected PageTables Tables { get; }

        protected int Root { get; }

        public override void CheckQuiescence() => Judge(SequentialModel.Of<int, StructureCall>(
            0,
            (entry, call) => call.What switch
            {
                "map" => entry == 0 ? (Present | Writable, 1) : (entry, 0),
                "clear" => (0, entry),
                "protect" => entry == 0 ? (0, 0) : (entry & ~Writable, entry),
                "store" => (entry & Writable) == 0 ? (entry, 0) : (entry | Dirty, 1),
                _ => (entry, (entry & Present) != 0 ? 1 : 0),
            },
            call => call.Key));

        /// <summary>Answers 1 if the entry was none.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Map(int page) => Op("map", page, task => MapIn(task, Root, page) ? 1 : 0);

        /// <summary>Answers what was there.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Clear(int page) => Op("clear", page, task =>
        {
            PteSlot slot = Tables.Find(Root, page);
            if (slot.IsNone) { return 0; }
            WordLock gate = Tables.LockOf(slot);
            gate.Lock(task);
            Pte seen = Tables.GetAndClear(slot);
            gate.Unlock(task);
            return StateOf(seen);
        });

        /// <summary>Answers what was there.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Protect(int page) => Op("protect", page, task =>
        {
            PteSlot slot = Tables.Find(Root, page);
            if (slot.IsNone) { return 0; }
            WordLock gate = Tables.LockOf(slot);
            gate.Lock(task);
            Pte seen = Tables.Read(slot);
            if (seen.IsPresent) { seen = Tables.Change(slot, set: 0, clear: Pte.WritableBit); }
            gate.Unlock(task);
            return StateOf(seen);
        });

        /// <summary>What hardware does for a store: dirty, if the entry permits it. Answers 1 if it does.</summary>
        protected (StructureCall Call, Func<TaskId, long> Run) Store(int page) => Op("store", page, _ =>
        {
            PteSlot slot = Tables.Find(Root, page);
            if (slot.IsNone) { return 0; }
            while (true)
            {
                Pte pte = Tables.Read(slot);
                if (!pte.IsWritable) { return 0; }
                if (pte.IsDirty || Tables.TryReplace(slot, pte, pte.With(Pte.DirtyBit))) { return 1; }
            }
        });

        protected bool MapIn(TaskId task, int root, int page)
        {
            PteSlot slot = Tables.FindOrCreate(task, root, page);
            Bug.If(slot.IsNone, ViolationKind.StuckState, "the pool of tables is exhausted although there are enough");
            WordLock gate = Tables.LockOf(slot);
            gate.Lock(task);
            bool none = Tables.Read(slot).IsNone;
            if (none) { Tables.Set(slot, Pte.Present(new Pfn(page + 1), writable: true, young: false)); }
            gate.Unlock(task);
            return none;
        }

        private static int StateOf(Pte pte) => !pte.IsPresent ? 0 : Present | (pte.IsWritable ? Writable : 0) | (pte.IsDirty ? Dirty : 0);
    }

    private sealed class ClearWalk : TableMachine
    {
        public ClearWalk()
            : base(tables: 4)
        {
            Add("mapper", Map(0), Map(0));
            Add("zap", Clear(0));
            Add("processor", Store(0), Store(0));
        }
    }

    private sealed class ProtectWalk : TableMachine
    {
        public ProtectWalk()
            : base(tables: 3)
        {
            MapIn(new TaskId(0), Root, 0);
            Tables.GetAndClear(Tables.Find(Root, 0));
            Add("protector", Protect(0), Map(1));
            Add("processor", Map(0), Store(0));
            Add("zap", Clear(0), Clear(1));
        }
    }

    /// <summary>One task takes its tree down while two others grow theirs out of the same pool.</summary>
    private sealed class FreeTables : TableMachine
    {
        private readonly int _dying;

        public FreeTables()
            : base(tables: 5)
        {
            TaskId setUp = new(0);
            _dying = Tables.NewRoot(setUp);
            MapIn(setUp, _dying, 0);
            Tables.GetAndClear(Tables.Find(_dying, 0));
            Add("exit", Op("free tables", 9, task =>
            {
                Tables.FreeTables(task, _dying);
                return 0;
            }));
            Add("mapper", Map(0));
            Add("mapper too", Map(1), Clear(0));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            int used = Tables.UsedTablesAtRest();
            Bug.If(used != 2, ViolationKind.CounterMismatch, $"{used} tables are in use, the tree that is left has 2");
        }
    }
}
