using MemCore.Allocation;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Perf.Growth;

/// <summary>Loops on a machine of some size: some work on the same few frames whatever the size, some all over it.</summary>
internal sealed class FrameLoops : IDisposable
{
    /// <summary>Frames of a loop that stays near: what the smallest machine has for it.</summary>
    public const int Near = 1 << 10;

    private readonly MachineRig _rig;
    private readonly MachineRig _taken;
    private readonly Pfn[] _bulk;
    private readonly MmId _mm;
    private readonly int _root;
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
        _taken = new MachineRig(MachineRig.Sized(frames), free: false);
        _mm = _rig.NewMm(_pages);
        _root = _rig.Machine.Mms.RootOf(_mm);
        _rig.Touch(MachineRig.Me, _mm, 0, _pages);
        _taken.Machine.Frames.AtRest.RefCount.Fill(1);
    }

    public int BulkFrames => _bulk.Length;

    /// <summary>Through the CPU's list.</summary>
    public void AllocateFree(int n)
    {
        FrameAllocator frames = _rig.Machine.Allocator;
        for (int i = 0; i < n; i++) { frames.Put(MachineRig.Me, frames.Allocate(MachineRig.Me, 0, MigrateType.Movable)); }
    }

    /// <summary>Takes another <paramref name="n"/> frames on top of the bulk.</summary>
    public void BulkGet(int n)
    {
        for (int i = 0; i < n; i++) { _bulk[_count++] = _rig.Machine.Allocator.Allocate(MachineRig.Me, 0, MigrateType.Movable); }
    }

    /// <summary>Gives all of the bulk back.</summary>
    public void FreeBulk()
    {
        while (_count > 0) { _rig.Machine.Allocator.Put(MachineRig.Me, _bulk[--_count]); }
    }

    public void LockUnlockNear(int n) => LockUnlock(n, (Near * 4) - 1);

    public void LockUnlockAll(int n) => LockUnlock(n, _frameMask);

    public void MigrateNear(int n) => Migrate(n, Near - 1);

    public void MigrateAll(int n) => Migrate(n, (uint)_pages - 1);

    public void Dispose()
    {
        _rig.Dispose();
        _taken.Dispose();
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
    private void Migrate(int n, uint mask)
    {
        ulong random = _random;
        for (int i = 0; i < n; i++)
        {
            do { random = WordSet.Step(random); }
            while (!_rig.TryMigrate(MachineRig.Me, _root, (long)((uint)(random >> 20) & mask)));
        }
        _random = random;
    }
}
