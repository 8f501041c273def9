using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Primitives;

public sealed class CpuSlotsTests : IDisposable
{
    private readonly Arena _arena = new(1 << 16);
    private readonly CpuSlots _slots;

    public CpuSlotsTests() => _slots = new CpuSlots(_arena, cpus: 2, tasks: 4);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void ATaskEntersTheCpuItWasPlacedOn()
    {
        TaskId task = new(3);
        _slots.Place(task, new CpuId(1));
        Assert.True(_slots.TryEnter(task, out CpuId cpu));
        Assert.Equal(new CpuId(1), cpu);
        Assert.False(_slots.IsIdle(cpu));
        _slots.Leave(task, cpu);
        Assert.True(_slots.IsIdle(cpu));
    }

    [Fact]
    public void AGuardHasOneOwner()
    {
        Assert.True(_slots.TryEnter(new TaskId(0), out CpuId cpu));
        Assert.False(_slots.TryEnter(new TaskId(1), out CpuId none));
        Assert.True(none.IsNone);
        Assert.False(_slots.TryEnterRemote(new TaskId(2), cpu));
        _slots.Leave(new TaskId(0), cpu);
        _slots.EnterRemote(new TaskId(2), cpu);
        Assert.False(_slots.TryEnter(new TaskId(0), out _));
        _slots.Leave(new TaskId(2), cpu);
    }

    [Fact]
    public void AMovedTaskEntersItsNewCpu()
    {
        TaskId tenant = new(1);
        _slots.Move(new TaskId(0), tenant, new CpuId(1));
        Assert.Equal(new CpuId(1), _slots.CpuOf(tenant));
        Assert.True(_slots.TryEnter(tenant, out CpuId cpu));
        Assert.Equal(new CpuId(1), cpu);
        _slots.Leave(tenant, cpu);
        Assert.Throws<BugException>(() => _slots.Move(new TaskId(0), tenant, new CpuId(2)));
    }

    [Fact]
    public void NobodyIsMovedOutOfASectionAndSectionsOfACpuExcludeEachOther()
    {
        const int Rounds = 5_000;
        long[] inside = new long[2];
        long entered = 0;
        OwnThread.RunAll(4, t =>
        {
            TaskId task = new(t);
            for (int i = 0; i < Rounds; i++)
            {
                if (t == 3) { _slots.Move(task, new TaskId(i % 3), new CpuId((i / 3) % 2)); }
                else if (_slots.TryEnter(task, out CpuId cpu))
                {
                    Assert.Equal(1, ++inside[cpu.Value]);
                    Assert.Equal(cpu, _slots.CpuOf(task));
                    inside[cpu.Value]--;
                    _slots.Leave(task, cpu);
                    Interlocked.Increment(ref entered);
                }
            }
        });
        Assert.True(entered > 0);
        Assert.True(_slots.IsIdle(new CpuId(0)) && _slots.IsIdle(new CpuId(1)));
    }

    [Fact]
    public void EventCountsAreSummedOverTasks()
    {
        EventCounters events = new(_arena, tasks: 4);
        OwnThread.RunAll(4, t =>
        {
            for (int i = 0; i < 1_000; i++) { events.Count(new TaskId(t), EventCounter.PgFree); }
            events.Count(new TaskId(t), EventCounter.CpuMoves, by: t);
        });
        Assert.Equal(4_000, events.Sum(EventCounter.PgFree));
        Assert.Equal(6, events.Sum(EventCounter.CpuMoves));
        Assert.Equal(0, events.Sum(EventCounter.PgAlloc));
    }
}
