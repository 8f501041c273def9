using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Primitives;

public sealed class CpuGuardsTests : IDisposable
{
    private const int EntriesToOwn = 3;

    private static readonly CpuId s_first = new(0);
    private static readonly CpuId s_second = new(1);
    private static readonly TaskId s_owner = new(0);
    private static readonly TaskId s_other = new(1);

    private readonly Arena _arena = new(1 << 16);
    private readonly CpuGuards _guards;

    public CpuGuardsTests() =>
        _guards = new CpuGuards(_arena, "guards", "guarded", cpus: 2, tasks: 4, EntriesToOwn, new LockRanks(_arena, tasks: 4), LockRank.Batch);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void WhoEntersAgainAndAgainOwnsTheGuardUntilAnotherOneWantsIn()
    {
        Own(s_owner, s_first);
        Assert.True(Owns(s_owner, s_first));
        Assert.False(Owns(s_owner, s_second));
        _guards.Leave(s_other, _guards.EnterRemote(s_other, s_first));
        Assert.False(Owns(s_owner, s_first));
    }

    [Fact]
    public void AnOwnerThatDrainsItsOwnCpuStaysTheOwner()
    {
        Own(s_owner, s_first);
        _guards.Leave(s_owner, _guards.EnterAny(s_owner, s_first));
        Assert.True(Owns(s_owner, s_first));
        _guards.Leave(s_other, _guards.EnterAny(s_other, s_first));
        Assert.False(Owns(s_owner, s_first));
    }

    [Fact]
    public void AnOwnerThatEntersElsewhereOwnsNothingUntilItHasEnteredThereOftenEnough()
    {
        Own(s_owner, s_first);
        _guards.Leave(s_owner, _guards.Enter(s_owner, s_second));
        Assert.False(Owns(s_owner, s_first) || Owns(s_owner, s_second));
        Own(s_owner, s_second);
        Own(s_other, s_first);
        Assert.True(Owns(s_owner, s_second) && Owns(s_other, s_first));
    }

    [Fact]
    public void AnOwnerInsideKeepsEverybodyElseOut()
    {
        Own(s_owner, s_first);
        CpuSection section = _guards.Enter(s_owner, s_first);
        Assert.False(_guards.IsIdle(s_first));
        Assert.False(_guards.TryEnterRemote(s_other, s_first));
        _guards.Leave(s_owner, section);
        Assert.True(_guards.IsIdle(s_first));
        Assert.True(_guards.TryEnterRemote(s_other, s_first));
        _guards.LeaveRemote(s_other, s_first);
    }

    [Fact]
    public void WhateverWayTasksComeInOneAtATimeIsInside()
    {
        const int Rounds = 4_000;
        long[] inside = new long[2];
        long[] entered = new long[2];
        OwnThread.RunAll(3, t =>
        {
            TaskId task = new(t);
            for (int i = 0; i < Rounds; i++)
            {
                CpuId cpu = new(t == 2 || i % 1_000 == 999 ? i % 2 : t);
                CpuSection section = t < 2 ? _guards.Enter(task, cpu) : _guards.EnterAny(task, cpu);
                Assert.Equal(cpu, section.Cpu);
                Assert.Equal(1, ++inside[cpu.Value]);
                entered[cpu.Value]++;
                inside[cpu.Value]--;
                _guards.Leave(task, section);
                for (int pause = 0; t == 2 && pause < 500; pause++) { Thread.SpinWait(1); }
            }
        });
        Assert.Equal(3 * Rounds, entered[0] + entered[1]);
        Assert.True(_guards.IsIdle(s_first) && _guards.IsIdle(s_second));
    }

    private bool Owns(TaskId task, CpuId cpu)
    {
        if (!_guards.Owners.TryEnter(task, cpu, out CpuSection section)) { return false; }
        _guards.Leave(task, section);
        return true;
    }

    private void Own(TaskId task, CpuId cpu)
    {
        for (int i = 0; i <= EntriesToOwn; i++) { _guards.Leave(task, _guards.Enter(task, cpu)); }
        Assert.True(Owns(task, cpu));
    }
}
