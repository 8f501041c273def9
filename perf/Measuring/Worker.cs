using System.Buffers;
using System.Runtime.InteropServices;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Perf.Measuring;

/// <summary>The loops that are measured, for one task with words, folios and a monitor of its own.</summary>
/// <remarks>Each runs its operation <c>n</c> times. The folio lies in a whole block of its own, so two workers share no line.</remarks>
internal sealed class Worker : IDisposable
{
    private const int PageBytes = 4096;

    private readonly FrameAllocator _frames;
    private readonly EngineRig _rig;
    private readonly TaskId _task;
    private readonly OwnedWords _words = new();
    private readonly object _monitor;
    private readonly Pfn _folio;
    private readonly Pfn[] _bulk;
    private int _taken;

    public Worker(EngineRig rig, int task, int bulk)
    {
        _rig = rig;
        _frames = rig.Allocator;
        _task = new TaskId(task);
        _bulk = new Pfn[bulk];

        // Objects of two workers side by side would share a line.
        _ = new byte[4096];
        _monitor = new object();
        _ = new byte[4096];
        _folio = _frames.Allocate(_task, 9, MigrateType.Unmovable);
    }

    public void RawRmw(int n)
    {
        ref int word = ref _words.Rmw;
        for (int i = 0; i < n; i++)
        {
            int seen = Volatile.Read(ref word);
            Interlocked.CompareExchange(ref word, seen + 1, seen);
        }
    }

    public void OrAnd(int n)
    {
        ref uint word = ref _words.Flags;
        for (int i = 0; i < n; i++)
        {
            Interlocked.Or(ref word, (uint)PageFlags.Locked);
            Interlocked.And(ref word, ~(uint)PageFlags.Locked);
        }
    }

    public void MonitorPair(int n)
    {
        for (int i = 0; i < n; i++)
        {
            Monitor.Enter(_monitor);
            Monitor.Exit(_monitor);
        }
    }

    public void CasAndStore(int n)
    {
        ref int word = ref _words.Lock;
        for (int i = 0; i < n; i++)
        {
            Interlocked.CompareExchange(ref word, 1, 0);
            Volatile.Write(ref word, 0);
        }
    }

    public void LockUnlock(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (_rig.Locks.TryLock(_task, _folio)) { _rig.Locks.Unlock(_task, _folio); }
        }
    }

    public void TwoAdds(int n)
    {
        ref int word = ref _words.Count;
        for (int i = 0; i < n; i++)
        {
            Interlocked.Add(ref word, 1);
            Interlocked.Add(ref word, -1);
        }
    }

    public void GetPut(int n)
    {
        for (int i = 0; i < n; i++)
        {
            FolioRef holders = _rig.Table.Ref(_folio);
            holders.Get();
            Bug.If(holders.PutTestZero(), ViolationKind.Unexpected, "the last reference was dropped");
        }
    }

    public void TryGetPut(int n)
    {
        for (int i = 0; i < n; i++)
        {
            FolioRef holders = _rig.Table.Ref(_folio);
            Bug.If(!holders.TryGet() || holders.PutTestZero(), ViolationKind.Unexpected, "the last reference was dropped");
        }
    }

    public void MapAddRemove(int n)
    {
        for (int i = 0; i < n; i++)
        {
            MapCount map = _rig.Table.Map(_folio);
            Bug.If(!map.Add() | !map.Remove(), ViolationKind.Unexpected, "somebody else maps the folio");
        }
    }

    public void Order0Free(int n) => AllocateFree(n, 0);

    public void Order0Put(int n)
    {
        for (int i = 0; i < n; i++) { _frames.Put(_task, _frames.Allocate(_task, 0, MigrateType.Movable)); }
    }

    public void Order3Free(int n) => AllocateFree(n, 3);

    public void Order9Free(int n) => AllocateFree(n, 9);

    public void Order9FolioPut(int n)
    {
        for (int i = 0; i < n; i++) { _frames.Put(_task, _frames.AllocateFolio(_task, 9, MigrateType.Movable)); }
    }

    /// <summary>Takes another <paramref name="n"/> frames on top of the bulk; <see cref="BulkFree"/> gives them back, the last ones first.</summary>
    public void BulkGet(int n)
    {
        for (int i = _taken; i < _taken + n; i++) { _bulk[i] = _frames.Allocate(_task, 0, MigrateType.Movable); }
        _taken += n;
    }

    public void BulkFree(int n)
    {
        for (int i = _taken - 1; i >= _taken - n; i--)
        {
            _rig.Table.Ref(_bulk[i]).Publish(0);
            _frames.Free(_task, _bulk[i], 0);
        }
        _taken -= n;
    }

    public unsafe void AlignedAlloc(int n)
    {
        for (int i = 0; i < n; i++) { NativeMemory.AlignedFree(NativeMemory.AlignedAlloc(PageBytes, PageBytes)); }
    }

    public void ArrayPoolPair(int n)
    {
        for (int i = 0; i < n; i++) { ArrayPool<byte>.Shared.Return(ArrayPool<byte>.Shared.Rent(PageBytes)); }
    }

    public void Dispose() => _words.Dispose();

    private void AllocateFree(int n, int order)
    {
        for (int i = 0; i < n; i++)
        {
            Pfn head = _frames.Allocate(_task, order, MigrateType.Movable);
            _rig.Table.Ref(head).Publish(0);
            _frames.Free(_task, head, order);
        }
    }
}
