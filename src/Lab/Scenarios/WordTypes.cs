using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Reference counts and flags under three tasks: speculative readers, owners that put, a freezer.</summary>
internal sealed class WordTypes : Scenario
{
    public override string Slug => "word-types";

    public override string Question => "Do try-get, put, freeze and the flag operations keep every reference and every flag under any interleaving?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        new() { Slug = "references", Id = "W-1", Because = "zero is terminal for strangers; a put reaches zero for one caller", Build = _ => new References() },
        new() { Slug = "freeze", Id = "W-2", Because = "a freeze succeeds only with no other holder, and excludes new ones", Build = _ => new Freezing() },
        new() { Slug = "flags", Id = "W-3", Because = "each flag change is one atomic operation on the word", Build = _ => new FlagChanges() },
        new()
        {
            Slug = "put-twice", Id = "W-1a", Status = "strawman", Because = "a put too many takes somebody else's reference",
            Planted = PlantedBug.PutTwice, Sometimes = [ViolationKind.RefUnderflow], Build = _ => new References(),
        },
        new()
        {
            Slug = "try-get-from-zero", Id = "W-1b", Status = "strawman", Because = "a stranger resurrects a folio that is being freed",
            Planted = PlantedBug.TryGetFromZero, Sometimes = [ViolationKind.UseAfterFree, ViolationKind.DoubleFree], Build = _ => new References(),
        },
        new()
        {
            Slug = "freeze-ignores-holders", Id = "W-2a", Status = "strawman", Because = "the freezer takes the folio from under a holder",
            Planted = PlantedBug.FreezeIgnoresHolders, Sometimes = [ViolationKind.UseAfterFree, ViolationKind.RefUnderflow, ViolationKind.DataMismatch],
            Build = _ => new Freezing(),
        },
        new()
        {
            Slug = "unfreeze-wrong-count", Id = "W-2b", Status = "strawman", Because = "the freeze ends with a reference that nobody holds",
            Planted = PlantedBug.UnfreezeWrongCount, Sometimes = [ViolationKind.RefLeak], Build = _ => new Freezing(),
        },
    ];

    /// <summary>A table of a few frames, frame 0 alive with the given references, and one scratch word per actor.</summary>
    private abstract class Frames : ExplorationModel
    {
        protected Frames(int references)
            : base(new Arena(1 << 20))
        {
            Table = new FrameTable(Arena, 2);
            Scratch = Arena.Add<int>("scratch", 8, ColumnKind.State);
            Table.BeginLife(new Pfn(0));
            Table.Ref(new Pfn(0)).Publish(references);
        }

        protected FrameTable Table { get; }

        /// <summary>What each actor keeps between its operations.</summary>
        protected Column<int> Scratch { get; }

        protected Pfn Page { get; } = new(0);

        protected void Put()
        {
            if (!Table.Ref(Page).PutTestZero()) { return; }
            Atomic.Note("free");
            Table.EndLife(Page);
        }

        // A speculative reader: a reference only from a living count, and a living frame while it is held.
        protected void Speculate()
        {
            Atomic.Note("speculate");
            if (!Table.Ref(Page).TryGet()) { return; }
            FolioHandle handle = Table.Handle(Page);
            Bug.If(!FrameTable.IsAllocated(handle.Generation), ViolationKind.UseAfterFree, "reference on a free frame", Page.Value);
            Table.VerifyAlive(handle);
            Put();
        }
    }

    private sealed class References : Frames
    {
        public References()
            : base(2)
        {
            Actors =
            [
                new Actor("owner A", [new Operation("put", Put)]),
                new Actor("owner B", [new Operation("get, put, put", GetPutPut)]),
                new Actor("stranger", [new Operation("speculate", Speculate), new Operation("speculate", Speculate)]),
            ];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override void CheckQuiescence()
        {
            Bug.If(Table.Ref(Page).CountUnsafe != 0, ViolationKind.RefLeak, "references left although every holder put its own");
            Bug.If(FrameTable.IsAllocated(Table.Generation(Page)), ViolationKind.RefLeak, "nobody freed the frame");
        }

        private void GetPutPut()
        {
            Table.Ref(Page).Get();
            Put();
            Put();
        }
    }

    private sealed class Freezing : Frames
    {
        public Freezing()
            : base(1)
        {
            Actors =
            [
                new Actor("freezer", [new Operation("freeze", Freeze)]),
                new Actor("stranger A", [new Operation("read", Read)]),
                new Actor("stranger B", [new Operation("read", Read), new Operation("read", Read)]),
            ];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override void CheckQuiescence() =>
            Bug.If(Table.Ref(Page).CountUnsafe != 1, ViolationKind.RefLeak, "the owner's reference is not the only one left");

        // Frozen, the owner moves the contents in two steps; nobody may see the first without the second.
        private void Freeze()
        {
            for (int attempt = 0; attempt < 2; attempt++)
            {
                if (!Table.Ref(Page).TryFreeze(1)) { continue; }
                Atomic.Store(ref Scratch[0], 1);
                Atomic.Store(ref Scratch[1], 1);
                Table.Ref(Page).Unfreeze(1);
                return;
            }
        }

        private void Read()
        {
            if (!Table.Ref(Page).TryGet()) { return; }
            int first = Atomic.Load(ref Scratch[0]);
            int second = Atomic.Load(ref Scratch[1]);
            Bug.If(first != second, ViolationKind.DataMismatch, "a holder saw the folio in the middle of a freeze", Page.Value);
            Put();
        }
    }

    private sealed class FlagChanges : Frames
    {
        public FlagChanges()
            : base(1)
        {
            Actors =
            [
                new Actor("isolator A", [new Operation("isolate", () => Isolate(0))]),
                new Actor("isolator B", [new Operation("isolate", () => Isolate(1))]),
                new Actor("locker", [new Operation("lock, dirty, unlock", LockDirtyUnlock)]),
            ];
            Table.Flags(Page).Set(PageFlags.Lru | PageFlags.Uptodate);
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override void CheckQuiescence()
        {
            int won = Scratch[0] + Scratch[1];
            Bug.If(won != 1, ViolationKind.DoubleOwner, "the isolation gate was won by none or by two");
            PageFlags left = Table.Flags(Page).Read();
            Bug.If(left != (PageFlags.Uptodate | PageFlags.Dirty | PageFlags.Referenced), ViolationKind.FlagTransferMismatch, "a flag change was lost");
        }

        private void Isolate(int slot)
        {
            bool won = Table.Flags(Page).TestAndClear(PageFlags.Lru);
            if (won) { Atomic.Store(ref Scratch[slot], 1); }
            Table.Flags(Page).Set(PageFlags.Referenced);
        }

        private void LockDirtyUnlock()
        {
            if (!Table.Flags(Page).TryLock()) { return; }
            Table.Flags(Page).TestAndSet(PageFlags.Dirty);
            Table.Flags(Page).UnlockReturnsWaiters();
        }
    }
}
