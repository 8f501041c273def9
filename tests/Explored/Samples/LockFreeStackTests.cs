using MemCore.Lab.Histories;
using MemCore.Lab.Testing;

namespace MemCore.Tests.Samples;

public class LockFreeStackTests
{
    private static ConcurrentTest<LockFreeStack, string> StackTest(bool tagged) => new ConcurrentTest<LockFreeStack, string>(
        memory =>
        {
            LockFreeStack stack = new(memory, threads: 3, tagged);
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
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        Assert.Equal(result.Violations[0], StackTest(tagged: false).Replay(result.Violations[0].Schedule));
    }
}
