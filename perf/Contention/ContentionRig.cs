using System.Numerics;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Perf.Growth;
using MemCore.Primitives;

namespace MemCore.Perf.Contention;

/// <summary>A machine for so many threads, a node for each, and the loops that they run on it. Thread n is task n on CPU n.</summary>
/// <remarks>A loop keeps its state in locals while it runs: what two loops remember between calls may lie on one line of the managed heap.</remarks>
internal sealed class ContentionRig : IDisposable
{
    /// <summary>Pages of a thread in an address space: whole page tables, so that own pages are on own tables.</summary>
    public const int PagesOfThread = 512;

    private const int FramesOfThread = 1 << 15;
    private const int ThreadsLeast = 2;
    private const int FolioOrder = 9;
    private const int RingSlots = 256;
    private const int LruFolios = 62;
    private const int DiscardPages = 32;

    private readonly MachineRig _rig;
    private readonly FrameRing[] _rings;
    private readonly Pfn[] _folios;
    private readonly MmId[] _mms;

    /// <param name="threads">That will run.</param>
    /// <param name="threadsMost">For so many the machine is made, so that it is the same one for each number of threads.</param>
    public ContentionRig(int threads, int threadsMost)
    {
        Threads = threads;
        int most = Math.Max(threadsMost, ThreadsLeast);
        int frames = (int)BitOperations.RoundUpToPowerOf2((uint)(most * FramesOfThread));
        _rig = new MachineRig(MachineRig.Sized(frames, tasks: most, mms: threads, pages: PagesOfThread * threads) with { Lru = new LruOptions { Nodes = most } });
        _rings = [.. Enumerable.Range(0, threads).Select(_ => new FrameRing(RingSlots))];

        // A whole block each: two folios side by side would share a line.
        _folios = [.. Enumerable.Range(0, threads).Select(t => _rig.Machine.Allocator.Allocate(new TaskId(t), FolioOrder, MigrateType.Unmovable))];
        _mms = [.. Enumerable.Range(0, threads).Select(_ => _rig.NewMm(PagesOfThread * threads))];
    }

    public int Threads { get; }

    public Pfn OwnFolio(int thread) => _folios[thread];

    public Func<int, int> LockLoop(int thread, Pfn folio)
    {
        Waiting.FolioLock locks = _rig.Machine.Locks;
        TaskId task = new(thread);
        return n =>
        {
            for (int i = 0; i < n; i++)
            {
                locks.Lock(task, folio);
                locks.Unlock(task, folio);
            }
            return n;
        };
    }

    public Func<int, int> GetPutLoop(Pfn folio)
    {
        FrameTable frames = _rig.Machine.Frames;
        return n =>
        {
            for (int i = 0; i < n; i++)
            {
                FolioRef holders = frames.Ref(folio);
                holders.Get();
                Bug.If(holders.PutTestZero(), ViolationKind.Unexpected, "the last reference was dropped");
            }
            return n;
        };
    }

    public Func<int, int> AllocateFreeLoop(int thread)
    {
        FrameAllocator allocator = _rig.Machine.Allocator;
        TaskId task = new(thread);
        return n =>
        {
            for (int i = 0; i < n; i++) { allocator.Put(task, allocator.Allocate(task, 0, MigrateType.Movable)); }
            return n;
        };
    }

    /// <summary>Each thread allocates for its neighbour and frees what its other neighbour allocated; a pair counts when it is freed.</summary>
    public Func<int, int> CrossFreeLoop(int thread)
    {
        FrameAllocator allocator = _rig.Machine.Allocator;
        TaskId task = new(thread);
        FrameRing mine = _rings[thread];
        FrameRing next = _rings[(thread + 1) % Threads];
        return n =>
        {
            int done = 0;
            for (int i = 0; i < n; i++)
            {
                if (!next.IsFull) { next.Push(allocator.Allocate(task, 0, MigrateType.Movable)); }
                Pfn frame = mine.Pop();
                if (frame.IsNone) { continue; }
                allocator.Put(task, frame);
                done++;
            }
            return done;
        };
    }

    /// <summary>Adds folios of a node to its LRU through the CPU's batch, and takes them off again when all are on it. An add and its share of the rest is one.</summary>
    public Func<int, int> LruLoop(int thread, int node)
    {
        TaskId task = new(thread);
        Pfn[] folios = FoliosOf(task, node, LruFolios);
        int added = 0;
        return n =>
        {
            int at = added;
            for (int i = 0; i < n; i++)
            {
                _rig.Machine.Batches.Add(task, folios[at++]);
                if (at == folios.Length)
                {
                    TakeOff(task, folios);
                    at = 0;
                }
            }
            added = at;
            return n;
        };
    }

    /// <summary>First touches of anonymous pages; what was touched is zapped 32 pages at a time.</summary>
    public Func<int, int> FaultLoop(int thread, int owner)
    {
        TaskId task = new(thread);
        MmId mm = _mms[owner];
        int first = thread * PagesOfThread;
        int touched = 0;
        return n =>
        {
            int at = touched;
            for (int i = 0; i < n; i++)
            {
                FaultResult fault = _rig.Machine.Faults.Fault(task, mm, first + at++, write: true);
                Bug.If(fault != FaultResult.Done, ViolationKind.Unexpected, "a page could not be touched");
                if (at == DiscardPages)
                {
                    _rig.Machine.Mms.Discard(task, mm, first, DiscardPages);
                    at = 0;
                }
            }
            touched = at;
            return n;
        };
    }

    /// <summary>Migrates the thread's pages of an address space one after the other. Only what moved counts.</summary>
    public Func<int, int> MigrateLoop(int thread, int owner)
    {
        TaskId task = new(thread);
        MmId mm = _mms[owner];
        int first = thread * PagesOfThread;
        _rig.Touch(task, mm, first, PagesOfThread);
        int root = _rig.Machine.Mms.RootOf(mm);
        int last = 0;
        return n =>
        {
            int done = 0;
            int at = last;
            for (int i = 0; i < n; i++)
            {
                at = (at + 1) % PagesOfThread;
                if (_rig.TryMigrate(task, root, first + at)) { done++; }
            }
            last = at;
            return done;
        };
    }

    public void Dispose() => _rig.Dispose();

    private Pfn[] FoliosOf(TaskId task, int node, int count)
    {
        List<Pfn> found = [];
        List<Pfn> others = [];
        while (found.Count < count)
        {
            Pfn pfn = _rig.Machine.Allocator.Allocate(task, 0, MigrateType.Movable);
            Bug.If(pfn.IsNone, ViolationKind.Unexpected, "a node has too few frames");
            (_rig.Machine.Frames.Flags(pfn).Node == node ? found : others).Add(pfn);
        }
        foreach (Pfn pfn in others) { _rig.Machine.Allocator.Put(task, pfn); }
        return [.. found];
    }

    private void TakeOff(TaskId task, Pfn[] folios)
    {
        foreach (Pfn folio in folios)
        {
            Bug.If(!_rig.Machine.Isolation.TryIsolate(task, folio), ViolationKind.Unexpected, "an own folio is not on the LRU after two whole batches");
            _rig.Machine.Isolation.CountOff(task, folio);
            _rig.Machine.Folios.Put(task, folio);
        }
    }
}
