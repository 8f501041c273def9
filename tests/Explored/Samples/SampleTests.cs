using MemCore.Lab.Histories;
using MemCore.Lab.Testing;
using MemCore.Primitives;

namespace MemCore.Tests.Samples;

/// <summary>More of the samples than the guide shows: numbers, shortest interleavings, and the queue.</summary>
public class SampleTests
{
    [Fact]
    public void QueueThatWaitsForOthersIsLinearizable()
    {
        ExploreResult result = Queue(hasty: false).Explore(new ExploreOptions { Strategy = ExploreStrategy.States, Time = TimeSpan.FromSeconds(60) });
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        result.Require();
    }

    [Fact]
    public void HastyQueueIsEmptyThoughAPutHasReturned()
    {
        ExploreResult result = Queue(hasty: true).Explore();
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        ExploredRun shortest = result.Violations[0];
        Assert.Equal(ViolationKind.NonLinearizable, shortest.Kind);
        Assert.Equal(1, shortest.Preemptions);
        Assert.Contains("take = -1", shortest.History, StringComparison.Ordinal);
    }

    private static ConcurrentTest<BoundedQueue, string> Queue(bool hasty) => new ConcurrentTest<BoundedQueue, string>(
        memory => new BoundedQueue(memory, slots: 2, hasty),
        (queue, _, call) => call == "take" ? queue.Take() : queue.Put(call[^1] - '0'))
        .Actor("put 1", "take")
        .Actor("put 2", "take")
        .Actor("put 3")
        .Linearizable(Items.Empty, (items, call) =>
            call != "take" ? (items.Count == 2 ? (items, 0) : (items.Add(call[^1] - '0'), 1))
            : items.IsEmpty ? (items, -1)
            : (items.WithoutFirst(), items.First));
}
