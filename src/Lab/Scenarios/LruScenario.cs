using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>The LRU: batches that are filled, flushed, drained from elsewhere and switched off, isolation, and folios that die meanwhile.</summary>
internal sealed class LruScenario : Scenario
{
    public override string Slug => "lru-batches";

    public override string Question => "Does a folio reach its list exactly once while batches are filled, drained and isolated from several CPUs?";

    public override string Origin => "000 and 003";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("add-drain", "B-1", "what was parked before a drain of all CPUs is listed after it, whoever serves the request", () => new AddDrain()),
        Clean("shared-drain", "B-2", "a drain that finds another one's scan begun after its own fence relies on it", () => new SharedDrain()),
        Clean("add-isolate", "B-3", "the Lru flag is set when the folio is linked: until then no isolation, after it exactly one", () => new AddIsolate()),
        Clean("isolate-isolate", "B-4", "one of two isolators and a flush that moves the folio wins the flag; the others let go", () => new IsolateIsolate()),
        Clean("put-drain", "B-5", "a folio that dies parked is listed by the flush and taken off by the flush's own put", () => new PutDrain(DeadFolioDrain.List)),
        Clean("put-drain-freeze", "B-6", "the newest kernel's flush freezes it from 1 to 0, unless a speculative reference comes first", () => new PutDrain(DeadFolioDrain.FreezeAndFree)),
        Clean("disable-add", "B-7", "the counter is raised, then each guard owned once: who read the old value has been drained", () => new DisableAdd()),
        Clean("move", "B-8", "a task that is moved between reading its CPU and owning the guard parks on the CPU it left", () => new Move()),
        Clean("isolate-together", "B-12", "flags are won one by one, links change together under the lock: a folio whose flag is won may stay linked for a while", () => new IsolateTogetherTwice()),

        Planted("forgets-flags", "B-6a", PlantedBug.None, "000-V10: nobody clears Active of a folio that is freed off the LRU", [ViolationKind.FlagAtFree], () => new PutDrain(DeadFolioDrain.FreezeForgetsFlags)),
        Planted("lru-bit-lost", "B-1a", PlantedBug.LruBitLost, "a folio is linked and nobody may ever take it off", [ViolationKind.BrokenList, ViolationKind.StaleEntry], () => new AddDrain()),
        Planted("batch-leaks", "B-1b", PlantedBug.BatchLeaksReference, "a batch keeps a reference after its flush", [ViolationKind.RefLeak], () => new AddDrain()),
        Planted("drain-skips-cpu", "B-1c", PlantedBug.DrainSkipsCpu, "the last CPU is never asked", [ViolationKind.StaleEntry], () => new AddDrain()),
        Planted("early-acknowledgement", "B-1d", PlantedBug.DrainAcknowledgesEarly, "the requester goes on while its request is still being served", [ViolationKind.StaleEntry], () => new AddDrain()),
        Planted("generation-after-scan", "B-2a", PlantedBug.DrainGenerationAfterScan, "a drain relies on a scan that had passed its folio's CPU before", [ViolationKind.StaleEntry], () => new SharedDrain()),
        Planted("server-not-awaited", "B-1e", PlantedBug.DrainDoesNotAwaitServer, "the requester goes on while another task serves its request", [ViolationKind.StaleEntry, ViolationKind.RefLeak], () => new AddDrain()),
        Planted("parked-lowered-early", "B-1f", PlantedBug.ParkedLoweredBeforePut, "a drain reads that nothing is parked while the batch has its references", [ViolationKind.RefLeak], () => new AddDrain()),
        Planted("request-tests-only", "B-4b", PlantedBug.RequestTestsOnly, "a flush moves a folio whose links an isolator has won", [ViolationKind.BrokenList, ViolationKind.CounterMismatch], () => new IsolateIsolate()),
        Planted("isolate-without-cas", "B-4a", PlantedBug.IsolateWithoutTestAndClear, "two isolators believe that they own the links", [ViolationKind.BrokenList, ViolationKind.CounterMismatch], () => new IsolateIsolate()),
        Planted("together-without-cas", "B-12a", PlantedBug.IsolateWithoutTestAndClear, "two isolators of several folios believe that they own the links of one", [ViolationKind.BrokenList, ViolationKind.CounterMismatch], () => new IsolateTogetherTwice()),
        Planted("flag-before-list", "B-3a", PlantedBug.LruFlagBeforeList, "an isolator wins a folio that is not on its list yet, and takes it off", [ViolationKind.BrokenList, ViolationKind.CounterMismatch], () => new AddIsolate()),
        Planted("put-under-lock", "B-5a", PlantedBug.PutUnderLruLock, "the last put wants the lock under which it is made", [ViolationKind.LockRank], () => new PutDrain(DeadFolioDrain.List)),
        Planted("release-keeps-on-list", "B-5b", PlantedBug.ReleaseKeepsOnList, "a free frame stays linked", [ViolationKind.BrokenList, ViolationKind.CounterMismatch], () => new PutDrain(DeadFolioDrain.List)),

        Owned("owner-drained", "B-9", PlantedBug.None, "an owner enters its batches by stores; who drains them takes the ownership away, fences all CPUs and looks whether it is inside", [], () => new OwnerDrained()),
        Owned("owner-without-fence", "B-9a", PlantedBug.OwnerWithoutFence, "that the owner is inside is still in its store buffer when the drain looks: both flush", LostFolios, () => new OwnerDrained()),
        Owned("owner-not-awaited", "B-9b", PlantedBug.OwnerNotAwaited, "the batches are taken from a task that is inside", LostFolios, () => new OwnerDrained()),
        Owned("owner-disabled", "B-10", PlantedBug.None, "the owner enters without a fence, but whoever disables makes one for all CPUs before it is awaited", [], () => new OwnerDisabled()),
        Owned("owner-moved", "B-11", PlantedBug.None, "a task that was moved gives up the batches that it owned where it was", [], () => new OwnerMoved()),
    ];

    private static IReadOnlyList<ViolationKind> LostFolios => [ViolationKind.BrokenList, ViolationKind.CounterMismatch, ViolationKind.StaleEntry, ViolationKind.RefLeak];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build() };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    private static Variant Owned(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        Planted(slug, id, bug, because, kinds, build) with { Status = bug == PlantedBug.None ? "ours" : "strawman", Memory = MemoryModel.Tso, Preemptions = 2 };

    /// <summary>Two folios are parked on CPU 1, the second fills the batch; a task of CPU 0 drains all, and another one of CPU 1 may serve it.</summary>
    private sealed class AddDrain : LruMachine
    {
        public AddDrain()
            : base(tasks: 3)
        {
            Pfn first = Fresh();
            Pfn second = Fresh();
            Cpus.Place(new TaskId(2), new CpuId(1));
            Actor("drainer", DrainAll(first, second));
            Actor("CPU 1", Add(first), Add(second));
            Actor("CPU 1 too", Op("serve", task => Drain.Serve(task, new CpuId(1))));
        }
    }

    private sealed class SharedDrain : LruMachine
    {
        public SharedDrain()
            : base(tasks: 3)
        {
            Pfn pfn = Fresh();
            Actor("drainer 0", DrainAll(pfn));
            Actor("CPU 1", Add(pfn));
            Actor("drainer 2", DrainAll(pfn));
        }
    }

    private sealed class AddIsolate : LruMachine
    {
        public AddIsolate()
            : base(tasks: 3)
        {
            Pfn pfn = Fresh(PageFlags.Active);
            Actor("adder", Add(pfn), DrainLocal());
            Actor("isolator", Isolate(pfn), PutBack());
            Actor("isolator too", Isolate(pfn));
        }
    }

    private sealed class IsolateIsolate : LruMachine
    {
        public IsolateIsolate()
            : base(tasks: 3)
        {
            Pfn pfn = Listed();
            Listed();
            Actor("isolator", Isolate(pfn), PutBack());
            Actor("isolator too", Isolate(pfn));
            Actor("activator", Activate(pfn), DrainLocal());
        }
    }

    /// <summary>Two isolators of the same two neighbours in opposite order, and a flush that moves one of them.</summary>
    private sealed class IsolateTogetherTwice : LruMachine
    {
        public IsolateTogetherTwice()
            : base(tasks: 3)
        {
            Pfn first = Listed();
            Pfn second = Listed();
            Actor("isolator", IsolateTogether(first, second), PutBack());
            Actor("isolator too", IsolateTogether(second, first));
            Actor("activator", Activate(first), DrainLocal());
        }
    }

    /// <summary>The owner of a folio that is parked on CPU 1 drops it, while all is drained and a scanner comes by.</summary>
    private sealed class PutDrain : LruMachine
    {
        public PutDrain(DeadFolioDrain policy)
            : base(tasks: 3, capacity: 3, policy: new MigrationPolicy { DeadFolioDrain = policy })
        {
            Pfn pfn = Parked(1, PageFlags.Active);
            Parked(1, PageFlags.Active);
            Actor("drainer", DrainAll());
            Actor("owner", Put(pfn));
            Actor("scanner", Isolate(pfn), PutBack());
        }
    }

    private sealed class DisableAdd : LruMachine
    {
        public DisableAdd()
            : base(tasks: 3)
        {
            Pfn first = Fresh();
            Pfn second = Fresh();
            Actor("disabler", Disable(), Enable());
            Actor("CPU 1", Add(first));
            Actor("CPU 0", Add(second));
        }
    }

    private sealed class Move : LruMachine
    {
        public Move()
            : base(tasks: 3)
        {
            Pfn pfn = Fresh();
            Actor("adder", Add(pfn), DrainLocal());
            Actor("drainer", DrainAll(pfn));
            Actor("mover", Op("move the adder to CPU 1", task => Cpus.Move(task, new TaskId(0), new CpuId(1))));
        }
    }

    /// <summary>The owner of the batches of CPU 1 parks two folios, the second fills the batch; a task of CPU 0 drains CPU 1.</summary>
    private sealed class OwnerDrained : LruMachine
    {
        public OwnerDrained()
            : base(tasks: 2, entriesToOwn: 1)
        {
            Pfn first = Fresh();
            Pfn second = Fresh();
            Batches.PlaceOwner(new TaskId(1), new CpuId(1));
            Actor("drainer", Op("drain CPU 1", task => Batches.DrainCpu(task, new CpuId(1))));
            Actor("owner", Add(first), Add(second));
        }

        public override bool FencesAll => true;
    }

    private sealed class OwnerDisabled : LruMachine
    {
        public OwnerDisabled()
            : base(tasks: 2, entriesToOwn: 1)
        {
            Pfn pfn = Fresh();
            Batches.PlaceOwner(new TaskId(1), new CpuId(1));
            Actor("disabler", Disable(), Enable());
            Actor("owner", Add(pfn));
        }

        public override bool FencesAll => true;
    }

    /// <summary>The owner of the batches of CPU 0 parks a folio before and after it is moved to CPU 1; then CPU 0 is drained.</summary>
    private sealed class OwnerMoved : LruMachine
    {
        public OwnerMoved()
            : base(tasks: 2, entriesToOwn: 1)
        {
            Pfn first = Fresh();
            Pfn second = Fresh();
            Batches.PlaceOwner(new TaskId(0), new CpuId(0));
            Actor("owner", Add(first), Add(second), DrainLocal());
            Actor("mover", Op("move the owner to CPU 1", task => Cpus.Move(task, new TaskId(0), new CpuId(1))), Op("drain CPU 0", task => Batches.DrainCpu(task, new CpuId(0))));
        }

        public override bool FencesAll => true;
    }
}
