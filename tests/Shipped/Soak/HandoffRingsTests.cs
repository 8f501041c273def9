using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Tests.Soak;

public sealed class HandoffRingsTests : IDisposable
{
    private readonly Arena _arena = new(4 << 20);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void EntriesComeOutInTheOrderTheyWentIn()
    {
        HandoffRings rings = new(_arena, tasks: 2);
        for (int i = 1; i <= 3; i++) { Assert.True(rings.TrySend(new TaskId(0), 0, i)); }

        for (int i = 1; i <= 3; i++)
        {
            Assert.True(rings.TryReceive(new TaskId(1), 0, out long entry));
            Assert.Equal(i, entry);
        }
        Assert.False(rings.TryReceive(new TaskId(1), 0, out _));
    }

    [Fact]
    public void AFullRingRefusesAndTheSenderKeepsItsEntry()
    {
        HandoffRings rings = new(_arena, tasks: 2);
        int sent = 0;
        while (rings.TrySend(new TaskId(1), 0, ++sent)) { }

        int seen = 0;
        rings.ForEachAtRest(_ => seen++);
        Assert.Equal(sent - 1, seen);
        Assert.True(rings.TryReceive(new TaskId(0), 0, out _));
        Assert.True(rings.TrySend(new TaskId(1), 0, sent));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void EveryRingLeadsToExactlyOneOtherTask(int tasks)
    {
        HandoffRings rings = new(_arena, tasks);
        for (int from = 0; from < tasks; from++)
        {
            for (int peer = 0; peer < rings.Peers; peer++) { Assert.True(rings.TrySend(new TaskId(from), peer, (from * 100) + peer + 1)); }
        }

        HashSet<long> received = [];
        for (int to = 0; to < tasks; to++)
        {
            for (int peer = 0; peer < rings.Peers; peer++)
            {
                Assert.True(rings.TryReceive(new TaskId(to), peer, out long entry));
                Assert.NotEqual(to, (entry - 1) / 100);
                Assert.True(received.Add(entry));
            }
        }
        Assert.Equal(tasks * rings.Peers, received.Count);
    }

    [Fact]
    public void NothingIsLostOrDoubledBetweenTwoThreads()
    {
        const int Entries = 200_000;
        HandoffRings rings = new(_arena, tasks: 2);
        Thread sender = new(() =>
        {
            for (int i = 1; i <= Entries;)
            {
                if (rings.TrySend(new TaskId(0), 0, i)) { i++; }
                else { Thread.Yield(); }
            }
        });
        sender.Start();

        for (int expected = 1; expected <= Entries;)
        {
            if (rings.TryReceive(new TaskId(1), 0, out long entry)) { Assert.Equal(expected++, entry); }
            else { Thread.Yield(); }
        }
        sender.Join();
    }
}
