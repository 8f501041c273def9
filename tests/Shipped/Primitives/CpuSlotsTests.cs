using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Primitives;

public sealed class CpuSlotsTests : IDisposable
{
    private const int EntriesToOwn = 3;

    private readonly Arena _arena = new(1 << 16);
    private readonly CpuSlots _slots;

    public CpuSlotsTests() => _slots = new CpuSlots(_arena, cpus: 2, tasks: 4, EntriesToOwn);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void ATaskEntersTheCpuItWasPlacedOn()
    {
        TaskId task = new(3);
        _slots.Place(task, new CpuId(1));
        Assert.True(_slots.TryEnter(task, out CpuSection section));
        Assert.Equal(new CpuId(1), section.Cpu);
        Assert.False(_slots.IsIdle(section.Cpu));
        _slots.Leave(task, section);
        Assert.True(_slots.IsIdle(section.Cpu));
    }

    [Fact]
    public void AGuardHasOneOwner()
    {
        Assert.True(_slots.TryEnter(new TaskId(0), out CpuSection section));
        Assert.False(_slots.TryEnter(new TaskId(1), out CpuSection none));
        Assert.True(none.Cpu.IsNone);
        Assert.False(_slots.TryEnterRemote(new TaskId(2), section.Cpu));
        _slots.Leave(new TaskId(0), section);
        _slots.EnterRemote(new TaskId(2), section.Cpu);
        Assert.False(_slots.TryEnter(new TaskId(0), out _));
        _slots.LeaveRemote(new TaskId(2), section.Cpu);
    }

    [Fact]
    public void WhoEntersAgainAndAgainOwnsTheCpuUntilAnotherOneWantsIn()
    {
        TaskId owner = new(0);
        TaskId other = new(1);
        Own(owner);
        Assert.True(_slots.Owners.TryEnter(owner, out CpuSection owned));
        Assert.False(_slots.IsIdle(owned.Cpu));
        Assert.False(_slots.TryEnter(other, out _));
        CpuOwners.Leave(owned);

        Assert.True(_slots.TryEnter(other, out CpuSection taken));
        Assert.False(_slots.TryEnter(owner, out _));
        _slots.Leave(other, taken);
        Assert.False(_slots.Owners.TryEnter(owner, out _));
        Assert.True(_slots.TryEnter(owner, out CpuSection again));
        _slots.Leave(owner, again);
    }

    [Fact]
    public void AnOwnerThatIsMovedOwnsNothing()
    {
        TaskId owner = new(0);
        Own(owner);
        _slots.Move(owner, owner, new CpuId(1));
        Assert.Equal(new CpuId(1), _slots.CpuOf(owner));
        Assert.False(_slots.Owners.TryEnter(owner, out _));
        Own(owner);
        _slots.Move(new TaskId(1), owner, new CpuId(0));
        Assert.False(_slots.Owners.TryEnter(owner, out _));
        Assert.True(_slots.IsIdle(new CpuId(0)) && _slots.IsIdle(new CpuId(1)));
    }

    [Fact]
    public void AMovedTaskEntersItsNewCpu()
    {
        TaskId tenant = new(1);
        _slots.Move(new TaskId(0), tenant, new CpuId(1));
        Assert.Equal(new CpuId(1), _slots.CpuOf(tenant));
        Assert.True(_slots.TryEnter(tenant, out CpuSection section));
        Assert.Equal(new CpuId(1), section.Cpu);
        _slots.Leave(tenant, section);
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
                else if (_slots.TryEnter(task, out CpuSection section))
                {
                    CpuId cpu = section.Cpu;
                    Assert.Equal(1, ++inside[cpu.Value]);
                    Assert.Equal(cpu, _slots.CpuOf(task));
                    inside[cpu.Value]--;
                    _slots.Leave(task, section);
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

    private void Own(TaskId task)
    {
        for (int i = 0; i < EntriesToOwn + 1; i++)
        {
            Assert.False(_slots.Owners.TryEnter(task, out _));
            Assert.True(_slots.TryEnter(task, out CpuSection section));
            _slots.Leave(task, section);
        }
        Assert.True(_slots.Owners.TryEnter(task, out CpuSection owned));
        CpuOwners.Leave(owned);
    }
}
