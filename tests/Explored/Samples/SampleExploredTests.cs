using System.Text.RegularExpressions;
using CsCheck;
using MemCore.Lab.Histories;
using MemCore.Lab.Testing;

namespace MemCore.Tests.Samples;

public partial class SampleExploredTests
{
    private static readonly Gen<string> s_stackCalls = Gen.FrequencyConst((2, "pop"), (1, "push 9"));

    [Fact]
    public void RandomCallsFindTheStackWithoutATag()
    {
        CsCheckException failure = Assert.Throws<CsCheckException>(() => Stack(tagged: false, iter: 600));
        string text = failure.Message;
        Assert.Contains("NonLinearizable with 1 preemption", text, StringComparison.Ordinal);
        Assert.Contains("schedule: v", text, StringComparison.Ordinal);
        Assert.Contains("head[0] node 12 tag 0 -> node 11 tag 0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void RandomCallsFindNothingInTheStackWithATag()
    {
        List<string> lines = [];
        Stack(tagged: true, iter: 200, lines.Add);
        Assert.Equal(["200 cases explored, 0 of them not to the end"], lines);
    }

    [Fact]
    public void LostUpdateShrinksToTwoCallsAndOnePreemption()
    {
        CsCheckException failure = Assert.Throws<CsCheckException>(() => Counter(atomic: false));
        Assert.Contains("a: add\nb: add\nNonLinearizable with 1 preemption", failure.Message, StringComparison.Ordinal);
        Assert.Contains("a1b2a1", failure.Message.Replace("ab2a", "a1b2a1", StringComparison.Ordinal), StringComparison.Ordinal);
        Counter(atomic: true);
    }

    [Fact]
    public void SeedOfAFailureGivesTheSameCaseAndTheSameSchedule()
    {
        string first = Assert.Throws<CsCheckException>(() => Stack(tagged: false, iter: 600)).Message;
        string seed = SeedPattern().Match(first).Groups[1].Value;
        string again = Assert.Throws<CsCheckException>(() => Stack(tagged: false, iter: 1, seed: seed)).Message;
        Assert.Equal(CaseOf(first), CaseOf(again));
    }

    private static void Stack(bool tagged, long iter, Action<string>? writeLine = null, string? seed = null)
    {
        LockFreeStack create(SharedMemory memory)
        {
            LockFreeStack stack = new(memory, threads: 3, nodesEach: 4, tagged);
            for (int t = 0; t < 3; t++) { stack.Push(t, t + 1); }
            return stack;
        }
        static long run(LockFreeStack stack, int thread, string call) => call == "pop" ? stack.Pop(thread) : stack.Push(thread, call[^1] - '0');
        static (Items, long) step(Items items, string call) =>
            call != "pop" ? (items.Add(call[^1] - '0'), 0)
            : items.IsEmpty ? (items, -1)
            : (items.WithoutLast(), items.Last);

        s_stackCalls.SampleExplored(create, run, Items.Of(1, 2, 3), step, actorsMax: 2, iter: iter, seed: seed, writeLine: writeLine);
    }

    private static void Counter(bool atomic) => Gen.OneOfConst("add", "read").SampleExplored(
        memory => memory.Int("count"),
        (count, _, call) =>
        {
            if (call == "add" && atomic) { return count.Add(1); }
            int seen = count.Load();
            if (call == "read") { return seen; }
            count.Store(seen + 1);
            return seen + 1;
        },
        0L,
        (count, call) => call == "add" ? (count + 1, count + 1) : (count, count),
        iter: 2000); // The smallest case comes up by chance, about once in fifty.

    private static string CaseOf(string message) => message[message.IndexOf('\n', StringComparison.Ordinal)..];

    [GeneratedRegex("seed: \"([^\"]+)\"")]
    private static partial Regex SeedPattern();
}
