using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Finds and allocates the folios that a run locks, before any worker starts.</summary>
internal static class LockTargetSetup
{
    // Candidates for one bucket: of 256 buckets one in 256 fits.
    private const int CollidingTries = 4096;

    /// <summary>Allocates at most an eighth of the free frames. In the name of task 0; at rest only.</summary>
    public static LockTargets Make(SoakWorld world)
    {
        Machine machine = world.Machine;
        Pfn[] imported = LockTargets.ImportedAtRest(machine.Frames, LockTargets.ImportedWanted);
        int wanted = (int)Math.Clamp(machine.Allocator.FreeFramesAtRest() / 8, 1, LockTargets.OwnWanted);
        List<Pfn> own = [];
        while (own.Count < wanted && TryAllocate(machine, out Pfn pfn)) { own.Add(pfn); }
        List<Pfn> colliding = own.Count < LockTargets.OwnWanted ? [] : Colliding(machine, own[0]);
        foreach (Pfn pfn in own.Concat(colliding))
        {
            machine.Contents.Stamp(pfn, new PageSignature(0, 0, pfn.Value));
        }
        return new LockTargets([.. own], [.. colliding], imported);
    }

    // Folios whose waiters share a queue with those of the hot one.
    private static List<Pfn> Colliding(Machine machine, Pfn hot)
    {
        int bucket = machine.Waiters.BucketOf(hot);
        List<Pfn> fit = [];
        List<Pfn> others = [];
        for (int i = 0; i < CollidingTries && fit.Count < LockTargets.CollidingWanted && TryAllocate(machine, out Pfn pfn); i++)
        {
            (machine.Waiters.BucketOf(pfn) == bucket ? fit : others).Add(pfn);
        }
        foreach (Pfn pfn in others) { machine.Allocator.Put(new TaskId(0), pfn); }
        return fit;
    }

    private static bool TryAllocate(Machine machine, out Pfn pfn)
    {
        pfn = machine.Allocator.Allocate(new TaskId(0), 0, MigrateType.Movable);
        return !pfn.IsNone;
    }
}
