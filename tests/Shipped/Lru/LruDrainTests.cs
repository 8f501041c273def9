using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Tests.Lru;

public class LruDrainTests
{
    private static readonly TaskId s_task = new(0);
    private static readonly CpuId s_other = new(1);

    [Fact]
    public void ADrainOfAllCpusNeedsNobodyOnThem()
    {
        using LruRig rig = new(cpus: 4, tasks: 4);
        List<Pfn> parked = [];
        for (int task = 0; task < 4; task++)
        {
            parked.Add(rig.Fresh());
            rig.Batches.Add(new TaskId(task), parked[^1]);
        }

        rig.Drain.DrainAll(s_task);

        Assert.All(parked, pfn => Assert.True(rig.Has(pfn, PageFlags.Lru)));
        Assert.All(parked, pfn => Assert.Equal(1, rig.RefsOf(pfn)));
        Assert.Equal(3, rig.Bell.Rings);
        Assert.Equal(3, rig.Events.Sum(EventCounter.LruDrainStolen));
        rig.AssertSound();
    }

    [Fact]
    public void ACpuWithNothingParkedIsNotAsked()
    {
        using LruRig rig = new(cpus: 2, tasks: 2);
        rig.Batches.Add(s_task, rig.Fresh());
        rig.Drain.DrainAll(s_task);
        Assert.Equal(0, rig.Bell.Rings);
        Assert.False(rig.Drain.IsWanted(s_other));
    }

    [Fact]
    public void ATaskOfTheCpuMayServeTheRequest()
    {
        using LruRig rig = new(cpus: 2, tasks: 2);
        Pfn pfn = rig.Fresh();
        rig.Batches.Add(new TaskId(1), pfn);
        bool wanted = false, served = false;
        rig.Bell.OnRing = cpu =>
        {
            wanted = rig.Drain.IsWanted(cpu);
            served = rig.Drain.Serve(new TaskId(1), cpu);
        };

        rig.Drain.DrainAll(s_task);

        Assert.True(wanted && served);
        Assert.True(rig.Has(pfn, PageFlags.Lru));
        Assert.Equal(0, rig.Events.Sum(EventCounter.LruDrainStolen));
        Assert.Equal(1, rig.Events.Sum(EventCounter.LruDrainServed));
        rig.AssertSound();
    }

    [Fact]
    public void ThereIsNothingToServeWhenNobodyAsked()
    {
        using LruRig rig = new(cpus: 2, tasks: 2);
        rig.Batches.Add(new TaskId(1), rig.Fresh());
        Assert.False(rig.Drain.Serve(new TaskId(1), s_other));
        Assert.Equal(1, rig.Batches.ParkedOn(s_other));
    }

    [Fact]
    public void ADrainFlushesInTheKernelsOrder()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Active);
        Pfn parked = rig.Fresh(PageFlags.None);
        rig.Batches.Queue(s_task, pfn, BatchKind.Activate);
        rig.Batches.Queue(s_task, pfn, BatchKind.Deactivate);
        rig.Batches.Queue(s_task, parked, BatchKind.Activate);
        rig.Batches.Queue(s_task, parked, BatchKind.Add);

        rig.Drain.DrainLocal(s_task);

        Assert.Equal([parked, pfn], rig.Walk(LruKind.ActiveFile));
        rig.AssertSound();
    }
}
