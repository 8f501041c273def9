using MemCore.Lab.Histories;
using MemCore.Lab.Testing;

namespace MemCore.Tests.Samples;

public class LockFreeStackTests
{
    private static ConcurrentTest<LockFreeStack, string> StackTest(bool tagged) => new ConcurrentTest<LockFreeStack, string>(
        memory =>
        {
            LockFreeStack stack = new(memory, threads: 3, nodesEach: 2, tagged);
            for (int t = 0; t < 3; t++) { stack.Push(t, t + 1); }
            return stack;
        },
        (stack, thread, call) => call == "pop" ? stack.Pop(thread) : stack.Push(thread, call[^1] - '0'))
        .Actor("pop", "pop")
        .Actor("pop", "pop", "push 9")
        .Linearizable(Items.Of(1, 2, 3), (items, call) =>
            call != "pop" ? (items.Add(call[^1] - '0'), 0)
            : items.IsEmpty ? (items, -1)
            : (items.WithoutLast(), items.Last));

    [Fact]
    public void StackWithATagIsLinearizable() => StackTest(tagged: true).Explore().Require();

    [Fact]
    public void StackWithoutATagGivesANumberTwice()
    {
        ExploreResult result = StackTest(tagged: false).Explore();
        Assert.Equal(ExploreVerdict.Violated, result.Verdict);
        ExploredRun shortest = Assert.Single(result.Violations);
        Assert.Equal(1, shortest.Preemptions);
        Assert.Equal(
            """
              b:pop = 3     |-|
              a:pop = 9     |---------|
              b:pop = 2         |-|
              b:push 9 = 0          |-|
              a:pop = 2                 |-|

            """.ReplaceLineEndings("\n"),
            shortest.History);
        ExploredRun again = StackTest(tagged: false).Replay(shortest.Schedule);
        Assert.Equal(shortest, again);
    }
}
