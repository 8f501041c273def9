using MemCore.Engine;
using MemCore.Primitives;

namespace MemCore.Tests.Engine;

public sealed class CpuMailboxTests : IDisposable
{
    private static readonly CpuId s_first = new(0);
    private static readonly CpuId s_second = new(1);

    private readonly Arena _arena = new(1 << 20);
    private readonly CpuMailbox _mail;

    public CpuMailboxTests() => _mail = new CpuMailbox(_arena, cpus: 2);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void WorkGoesToTheCpuItWasSentToAndIsTakenOnce()
    {
        _mail.Send(s_second, CpuWork.Move);

        Assert.False(_mail.HasWork(s_first));
        Assert.Equal(CpuWork.Move, _mail.Take(s_second, out _));
        Assert.Equal(CpuWork.None, _mail.Take(s_second, out _));
    }

    [Fact]
    public void ADrainIsDoneWhenItsTicketIsAcknowledged()
    {
        Assert.True(_mail.IsDrained(s_first));
        _mail.Send(s_first, CpuWork.Drain);
        Assert.False(_mail.IsDrained(s_first));

        CpuWork work = _mail.Take(s_first, out int ticket);

        Assert.Equal(CpuWork.Drain, work);
        Assert.False(_mail.IsDrained(s_first));
        _mail.AcknowledgeDrain(s_first, ticket);
        Assert.True(_mail.IsDrained(s_first));
    }

    [Fact]
    public void ALateAcknowledgementDoesNotCoverARequestThatCameAfterIt()
    {
        _mail.Send(s_first, CpuWork.Drain);
        _mail.Take(s_first, out int ticket);
        _mail.Send(s_first, CpuWork.Drain);

        _mail.AcknowledgeDrain(s_first, ticket);

        Assert.False(_mail.IsDrained(s_first));
        _mail.Take(s_first, out int second);
        _mail.AcknowledgeDrain(s_first, second);
        _mail.AcknowledgeDrain(s_first, ticket);
        Assert.True(_mail.IsDrained(s_first));
    }

    [Fact]
    public void TheBellWakesAnIdleOwner()
    {
        Thread owner = new(() => _mail.WaitForBell(s_first));
        owner.Start();

        _mail.Send(s_first, CpuWork.Look);

        Assert.True(owner.Join(TimeSpan.FromSeconds(30)));
    }
}
