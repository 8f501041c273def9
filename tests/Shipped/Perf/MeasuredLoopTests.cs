using MemCore.Engine;
using MemCore.Native;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Tests.Perf;

/// <summary>The loops that are measured do what they say.</summary>
public sealed class MeasuredLoopTests
{
    private const int Slice = 64;

    [Fact]
    public void EveryPageOfAMigrationSliceIsMoved()
    {
        using PagedRig rig = new(1 << 12, mapped: 1024, held: 512);
        Side side = rig.Migration;
        for (int slice = 1; slice <= 40; slice++)
        {
            Run(side, Slice);
            Assert.Equal(slice * Slice, rig.Migrated);
        }
    }

    [Fact]
    public void EveryFaultOfASliceMapsAPageAndItsFrameIsWhatIsCleared()
    {
        using PagedRig rig = new(1 << 12, mapped: 1024, held: 512);
        long before = rig.Faulted;
        for (int slice = 1; slice <= 20; slice++)
        {
            Run(rig.FaultIn, Slice);
            Run(rig.Clear, Slice);
            Assert.Equal(before + (slice * Slice), rig.Faulted);
        }
    }

    [Fact]
    public void EveryFolioOfASliceGetsOnTheLru()
    {
        using Machine machine = new(new MachineOptions { Frames = 1 << 12 });
        machine.Allocator.FreeRangeAtRest(new Pfn(0), 1 << 12);
        LruWorker worker = new(machine, 0);
        Run(worker.Fresh, worker.Folios);
        Assert.Equal(worker.Folios, machine.Events.Sum(EventCounter.LruAdded));
        Run(worker.Published, worker.Folios);
        Run(worker.Published, worker.Folios);
        Assert.Equal(3 * worker.Folios, machine.Events.Sum(EventCounter.LruAdded));
    }

    [Fact]
    public void AWakeIsTheWakeOfASleeper()
    {
        Assert.SkipUnless(Libc.IsThere && CpuTopology.Current.Cpus.Count > 1, "takes two CPUs");
        using Partner partner = new(CpuTopology.Current.Cpus[^1].Id);
        using LockHandOff folios = new();
        using FutexHandOff futex = new();
        WakeTimes locks = folios.NewTimes(), bare = futex.NewTimes();
        for (int round = 0; round < 3; round++)
        {
            locks.Round(partner);
            bare.Round(partner);
        }
        Assert.Equal(3 * WakeTimes.Operations, folios.Sleeps);
        Assert.Equal(0, folios.Forgotten);
        Assert.True(locks.Ns > 0 && bare.Ns > 0);
    }

    [Fact]
    public void AShuffleHasEveryNumberOnce() => Assert.Equal(Enumerable.Range(0, 1000), new XorShift(7).Shuffled(1000).Order());

    private static void Run(Side side, int operations)
    {
        side.Before?.Invoke(operations);
        side.Loop(operations);
        side.After?.Invoke(operations);
    }
}
