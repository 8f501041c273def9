using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Lookups that take a reference first and ask afterwards whose folio it is: of the page cache, and of a page table for a pin.</summary>
internal sealed class SpeculativeLookupScenario : Scenario
{
    public override string Slug => "speculative-lookup";

    public override string Question => "Does a lookup without a lock, in the page cache or in a page table, ever keep a folio that is dead, or another page's?";

    public override string Origin => "migration-and-folio-lock 2";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("remove", "PC-1", "the slot is empty before the count leaves zero, and a lookup reads the slot again after it took its reference", () => new Remove()),
        Clean("replace", "PC-2", "the slot is switched while the old folio is frozen", () => new Replace()),
        Clean("truncate", "PC-3", "truncation does not freeze: the cache's reference goes after the slot is empty", () => new Truncate()),
        Clean("read-read", "PC-4", "of two readers that miss one adds its folio; the other waits for its contents", () => new ReadRead()),

        Clean("gup-unmap", "PC-5", "a pin raises the count, then reads the entry again: a zap that came between is seen, one that comes later leaves the pin its frame", () => new GupAndZap()),

        Planted("remove-no-recheck", "PC-1a", PlantedBug.CacheLookupWithoutRecheck, "the frame is another page's by the time the reference is taken", [ViolationKind.DataMismatch], () => new Remove()),
        Planted("replace-no-recheck", "PC-2a", PlantedBug.CacheLookupWithoutRecheck, "the frame is another page's by the time the reference is taken", [ViolationKind.DataMismatch], () => new Replace()),
        Planted("freeze-ignores-lookup", "PC-1b", PlantedBug.FreezeIgnoresHolders, "a removal that does not see the lookup's reference frees the folio under it", [ViolationKind.RefUnderflow, ViolationKind.DataMismatch, ViolationKind.BadUnfreeze], () => new Remove()),
        Planted("gup-no-recheck", "PC-5a", PlantedBug.PinWithoutRecheck, "the pin lands in the frame's next life", [ViolationKind.DataMismatch, ViolationKind.UseAfterFree], () => new GupAndZap()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build, int preemptions = 2) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build(), Preemptions = preemptions };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    private abstract class CacheMachine : EngineMachine
    {
        protected CacheMachine(int tasks, int free)
            : base(tasks, free)
        {
            Cache = Engine.Caches.Create(SetUp);
        }

        protected CacheId Cache { get; }

        /// <summary>Finds a page, looks at it while it has its reference, and puts it.</summary>
        protected (string Name, Action<TaskId> Run) Lookup(long index) => Op($"look page {index} up", task =>
        {
            Pfn folio = Engine.Caches.Find(task, Cache, index);
            if (folio.IsNone) { return; }
            Verify(folio, index);
            Engine.Folios.Put(task, folio);
        });

        /// <summary>Reads a page, which is the frame that somebody gave up if that is the only one free.</summary>
        protected (string Name, Action<TaskId> Run) ReadPage(long index) => Op($"read page {index}", task =>
        {
            Pfn folio = Engine.Caches.Read(task, Cache, index);
            if (folio.IsNone) { return; }
            Verify(folio, index);
            Engine.Folios.Put(task, folio);
        });

        /// <summary>The reference that a lookup returned keeps the folio's life and contents.</summary>
        protected void Verify(Pfn folio, long index)
        {
            Bug.If(!FrameTable.IsAllocated(Engine.Frames.Generation(folio)), ViolationKind.UseAfterFree, "a lookup returned a free frame", folio.Value);
            if (Engine.Frames.Flags(folio).Has(PageFlags.Uptodate)) { Engine.Contents.Verify(folio, new PageSignature(PageCaches.OwnerOf(Cache), 0, index)); }
        }
    }

    private sealed class Remove : CacheMachine
    {
        public Remove()
            : base(tasks: 3, free: 1)
        {
            Cached(Cache, 0);
            Add("lookup", Lookup(0));
            Add("reclaim", Op("remove page 0", Evict));
            Add("reader", ReadPage(1));
        }

        private void Evict(TaskId task)
        {
            Pfn folio = Engine.Caches.Find(task, Cache, 0);
            if (folio.IsNone) { return; }
            if (Engine.Locks.TryLock(task, folio))
            {
                Engine.Caches.TryRemoveLocked(task, folio, extraReferences: 1);
                Engine.Locks.Unlock(task, folio);
            }
            Engine.Folios.Put(task, folio);
        }
    }

    private sealed class Replace : CacheMachine
    {
        public Replace()
            : base(tasks: 3, free: 2)
        {
            Cached(Cache, 0);
            Add("lookup", Lookup(0));
            Add("migration", Op("move page 0", Move));
            Add("reader", ReadPage(1));
        }

        // Section 5.6 of the migration reference, for a small clean folio that nobody maps.
        private void Move(TaskId task)
        {
            FrameTable frames = Engine.Frames;
            Pfn source = Engine.Caches.Find(task, Cache, 0);
            Pfn target = Engine.Allocator.Allocate(task, 0, MigrateType.Movable);
            if (target.IsNone || !Engine.Locks.TryLock(task, source))
            {
                if (!target.IsNone) { Engine.Folios.Put(task, target); }
                Engine.Folios.Put(task, source);
                return;
            }
            bool moved = Engine.Locks.TryLock(task, target) && TrySwitch(task, source, target);
            Engine.Locks.Unlock(task, target);
            Engine.Locks.Unlock(task, source);
            Engine.Folios.Put(task, target);
            Engine.Folios.Put(task, source);
            if (moved) { Bug.If(frames.Mapping(target).Raw == 0, ViolationKind.CacheMismatch, "the moved folio is in no cache", target.Value); }
        }

        private bool TrySwitch(TaskId task, Pfn source, Pfn target)
        {
            FrameTable frames = Engine.Frames;
            WordLock tree = Engine.Caches.TreeLock(Cache);
            tree.Lock(task);
            if (!frames.Ref(source).TryFreeze(2))
            {
                tree.Unlock(task);
                return false;
            }
            Engine.Contents.Copy(source, target);
            frames.SetIndexLocked(target, frames.IndexLocked(source));
            frames.Mapping(target).SetLocked(frames.Mapping(source).Raw);
            frames.Flags(target).Set(PageFlags.Uptodate);
            frames.Ref(target).Get();
            Engine.Caches.ReplaceLocked(Cache, 0, target);
            frames.Mapping(source).SetLocked(0);
            frames.Ref(source).Unfreeze(1);
            tree.Unlock(task);
            return true;
        }
    }

    private sealed class Truncate : CacheMachine
    {
        public Truncate()
            : base(tasks: 3, free: 1)
        {
            Cached(Cache, 0);
            Add("lookup", Lookup(0));
            Add("truncation", Op("truncate page 0", Cut));
            Add("reader", ReadPage(1));
        }

        private void Cut(TaskId task)
        {
            Pfn folio = Engine.Caches.Find(task, Cache, 0);
            Engine.Locks.Lock(task, folio);
            Engine.Caches.RemoveLocked(task, folio);
            Engine.Locks.Unlock(task, folio);
            Engine.Folios.Put(task, folio);
        }
    }

    private sealed class ReadRead : CacheMachine
    {
        public ReadRead()
            : base(tasks: 2, free: 2)
        {
            Add("reader 0", ReadPage(0));
            Add("reader 1", ReadPage(0));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(Engine.Caches.PagesOf(Cache) != 1, ViolationKind.CacheMismatch, "two readers of one page did not leave one folio");
        }
    }

    /// <summary>A device that pins a page, looks and unpins; a thread that gives the page up; a process that gets the frame.</summary>
    private sealed class GupAndZap : EngineMachine
    {
        private readonly MmId _mm;

        public GupAndZap()
            : base(tasks: 3, free: 2)
        {
            _mm = NewMm();
            MmId other = NewMm();
            Touched(_mm, 0, version: 1);
            Add("device", Op("pin, look, unpin", Look));
            Add("discard", Op("discard", task => Engine.Mms.Discard(task, _mm, 0, 1)));
            Add("another process", Write(other, 1, version: 1));
        }

        public override IReadOnlyList<string> RacyColumns { get; } = ["contents"]; // a device reads what others write

        private void Look(TaskId task)
        {
            Pfn pinned = Engine.Pins.TryPin(task, _mm, 0, write: true);
            if (pinned.IsNone) { return; }
            Bug.If(!FrameTable.IsAllocated(Engine.Frames.Generation(pinned)), ViolationKind.UseAfterFree, "a pin of a free frame", pinned.Value);
            bool intact = Engine.Contents.TryRead(pinned, out PageSignature found);
            Bug.If(!intact || found.Owner != (uint)_mm.Value, ViolationKind.DataMismatch, "a pinned frame holds another process's page", pinned.Value);
            Engine.Pins.Unpin(task, pinned);
        }
    }
}
