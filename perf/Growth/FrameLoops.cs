using MemCore.Allocation;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Perf.Growth;

/// <summary>Loops on machines of some size: some work on the same few frames whatever the size, some all over it.</summary>
/// <remarks>
/// Several machines, since each kind of loop leaves its own disorder behind: one of which nothing is taken at first, for the allocator; one that
/// has a quarter of it mapped; one that has a few pages mapped; one of which everything is taken, whose folios are locked.
/// </remarks>
internal sealed class FrameLoops : IDisposable
{
    /// <summary>Frames of a loop that stays near: what the smallest machine has for it.</summary>
    public const int Near = 1 << 10;

    private readonly MachineRig _rig;
    private readonly MachineRig _free;
    private readonly MachineRig _near;
    private readonly MachineRig _taken;
    private readonly Pfn[] _bulk;
    private readonly int _root;
    private readonly int _rootNear;
    private readonly int _pages;
    private readonly uint _frameMask;
    private ulong _random = 88172645463325252;
    private int _count;

    /// <param name="frames">A power of two from 2^12.</param>
    public FrameLoops(int frames)
    {
        _pages = frames / 4;
        _bulk = new Pfn[frames / 4];
        _frameMask = (uint)frames - 1;
        _rig = new MachineRig(MachineRig.Sized(frames, mms: 1, pages: _pages));
        _free = new MachineRig(MachineRig.Sized(frames));
        _taken = new MachineRig(MachineRig.Sized(frames), free: false);
        _near = new MachineRig(MachineRig.Sized(frames, mms: 1, pages: Near));
        _root = Process(_rig, _pages);
        _rootNear = Process(_near, Near);
        _taken.Machine.Frames.AtRest.RefCount.Fill(1);
    }

    public int BulkFrames => _bulk.Length;

    /// <summary>Through the CPU's list.</summary>
    public void AllocateFree(int n)
    {
        FrameAllocator frames = _free.Machine.Allocator;
        for (int i = 0; i < n; i++) { frames.Put(MachineRig.Me, frames.Allocate(MachineRig.Me, 0, MigrateType.Movable)); }
    }

    /// <summary>Takes another <paramref name="n"/> frames on top of the bulk.</summary>
    public void BulkGet(int n)
    {
        for (int i = 0; i < n; i++) { _bulk[_count++] = _free.Machine.Allocator.Allocate(MachineRig.Me, 0, MigrateType.Movable); }
    }

    /// <summary>Gives all of the bulk back.</summary>
    public void FreeBulk()
    {
        while (_count > 0) { _free.Machine.Allocator.Put(MachineRig.Me, _bulk[--_count]); }
    }

    public void LockUnlockNear(int n) => LockUnlock(n, (Near * 4) - 1);

    public void LockUnlockAll(int n) => LockUnlock(n, _frameMask);

    public void MigrateNear(int n) => Migrate(_near, _rootNear, n, Near - 1);

    public void MigrateAll(int n) => Migrate(_rig, _root, n, (uint)_pages - 1);

    public void Dispose()
    {
        _rig.Dispose();
        _free.Dispose();
        _near.Dispose();
        _taken.Dispose();
    }

    private static int Process(MachineRig rig, int pages)
    {
        MmId mm = rig.NewMm(pages);
        rig.Touch(MachineRig.Me, mm, 0, pages);
        return rig.Machine.Mms.RootOf(mm);
    }

    private void LockUnlock(int n, uint mask)
    {
        ulong random = _random;
        for (int i = 0; i < n; i++)
        {
            random = WordSet.Step(random);
            Pfn pfn = new((int)((uint)(random >> 20) & mask));
            _taken.Machine.Locks.Lock(MachineRig.Me, pfn);
            _taken.Machine.Locks.Unlock(MachineRig.Me, pfn);
        }
        _random = random;
    }

    // A page whose folio still waits in a batch for its place on the LRU is passed over: fewer than 31 of them.
    private void Migrate(MachineRig rig, int root, int n, uint mask)
    {
        ulong random = _random;
        for (int i = 0; i < n; i++)
        {
            do { random = WordSet.Step(random); }
            while (!rig.TryMigrate(MachineRig.Me, root, (long)((uint)(random >> 20) & mask)));
        }
        _random = random;
    }
}
