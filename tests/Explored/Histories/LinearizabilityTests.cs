using MemCore.Lab.Histories;

namespace MemCore.Tests.Histories;

public class LinearizabilityTests
{
    private static readonly SequentialModel<long, string> s_register = SequentialModel.Of<long, string>(
        0, (value, call) => call == "read" ? (value, value) : (long.Parse(call.AsSpan(6), System.Globalization.CultureInfo.InvariantCulture), 0));

    private static readonly SequentialModel<Items, string> s_queue = SequentialModel.Of<Items, string>(Items.Empty, (items, call) =>
        call.StartsWith("put ", StringComparison.Ordinal) ? (items.Add(call[4] - '0'), 0)
        : items.IsEmpty ? (items, -1)
        : (items.WithoutFirst(), items.First));

    [Fact]
    public void ReadMayGoBeforeOrAfterAWriteThatItOverlaps()
    {
        foreach (long seen in (long[])[0, 1])
        {
            LinearizabilityResult result = Linearizability.Check(s_register, [Call(0, "write 1", 0, 1, 4), Call(1, "read", seen, 2, 3)]);
            Assert.Equal(LinearizabilityAnswer.Yes, result.Answer);
            Assert.Equal(seen == 0 ? [1, 0] : [0, 1], result.Order);
        }
    }

    [Fact]
    public void ReadAfterAWriteReturnedSeesIt() =>
        Assert.Equal(LinearizabilityAnswer.No, Linearizability.Check(s_register, [Call(0, "write 1", 0, 1, 2), Call(1, "read", 0, 3, 4)]).Answer);

    [Fact]
    public void ReadsThatFollowEachOtherNeverGoBackInTime()
    {
        LinearizabilityResult result = Linearizability.Check(
            s_register, [Call(0, "write 1", 0, 1, 6), Call(1, "read", 1, 2, 3), Call(2, "read", 0, 4, 5)]);
        Assert.Equal(LinearizabilityAnswer.No, result.Answer);
        Assert.Equal("no order fits; the longest that does starts with 0, a:write 1 = 0 1, b:read = 1 1; in 1 none of these can be next: c:read = 0", result.Explanation);
    }

    [Fact]
    public void QueueGivesWhatWasPutFirst()
    {
        HistoryEntry<string>[] history = [Call(0, "put 1", 0, 1, 2), Call(1, "put 2", 0, 3, 4), Call(0, "take", 2, 5, 6), Call(1, "take", 1, 5, 6)];
        Assert.Equal(LinearizabilityAnswer.Yes, Linearizability.Check(s_queue, history).Answer);
        history[3] = history[3] with { Began = 7, Ended = 8 };
        Assert.Equal(LinearizabilityAnswer.No, Linearizability.Check(s_queue, history).Answer);
    }

    [Fact]
    public void CallThatHasNotReturnedMayHaveTakenEffectOrNot()
    {
        HistoryEntry<string> pending = Call(0, "write 1", 0, 1, HistoryEntry.Pending);
        Assert.Equal(LinearizabilityAnswer.Yes, Linearizability.Check(s_register, [pending, Call(1, "read", 1, 2, 3)]).Answer);
        Assert.Equal(LinearizabilityAnswer.Yes, Linearizability.Check(s_register, [pending, Call(1, "read", 0, 2, 3)]).Answer);
        Assert.Equal(LinearizabilityAnswer.No, Linearizability.Check(s_register, [pending, Call(1, "read", 2, 2, 3)]).Answer);
        Assert.Equal(LinearizabilityAnswer.No, Linearizability.Check(s_register, [pending, Call(1, "read", 1, 2, 3), Call(1, "read", 0, 4, 5)]).Answer);
    }

    [Fact]
    public void SpentBudgetIsNeitherYesNorNo()
    {
        HistoryEntry<string>[] history = [.. Enumerable.Range(0, 12).Select(i => Call(i, $"put {i % 10}", 0, 1, 2)), Call(12, "take", 77, 3, 4)];
        Assert.Equal(LinearizabilityAnswer.RanOut, Linearizability.Check(s_queue, history, budget: 1000).Answer);
    }

    [Fact]
    public void HistoryIsPrintedWithABarForEachCall()
    {
        string text = HistoryText.Of<string>([Call(0, "write 1", 0, 2, 5), Call(1, "read", 1, 2, 3), Call(1, "read", 1, 4, HistoryEntry.Pending)]);
        Assert.Equal("  b:read = 1     |-|\n  a:write 1 = 0  |-----|\n  b:read = ?         |--->\n", text);
    }

    [Fact]
    public void RandomHistoriesGetTheAnswerOfTryingAllPermutations()
    {
        Random random = new(20261);
        Dictionary<LinearizabilityAnswer, int> answers = new() { [LinearizabilityAnswer.Yes] = 0, [LinearizabilityAnswer.No] = 0 };
        for (int i = 0; i < 3000; i++)
        {
            bool queue = random.Next(2) == 0;
            HistoryEntry<string>[] history = Draw(random, queue);
            bool expected = queue ? FitsInSomeOrder(s_queue, history) : FitsInSomeOrder(s_register, history);
            LinearizabilityResult result = queue ? Linearizability.Check(s_queue, history) : Linearizability.Check(s_register, history);
            Assert.True(expected == (result.Answer == LinearizabilityAnswer.Yes), $"seed 20261, history {i}: {result.Answer}\n{HistoryText.Of(history)}");
            if (expected && !queue) { AssertFits(s_register, history, result.Order); }
            if (expected && queue) { AssertFits(s_queue, history, result.Order); }
            answers[result.Answer]++;
        }
        Assert.All(answers, a => Assert.True(a.Value > 300, $"{a.Key}: {a.Value}"));
    }

    [Fact]
    public void PartsOfAnObjectAreJudgedByThemselvesAndGiveTheAnswerOfTheWhole()
    {
        SequentialModel<Items, (int Key, bool Write, int Value)> whole = Cells(null);
        SequentialModel<Items, (int Key, bool Write, int Value)> parted = Cells(call => call.Key);
        Random random = new(20262);
        int no = 0;
        long visitedWhole = 0;
        long visitedParted = 0;
        for (int i = 0; i < 500; i++)
        {
            HistoryEntry<(int, bool, int)>[] history = [.. Enumerable.Range(0, 9).Select(n =>
            {
                int began = random.Next(1, 12);
                bool write = random.Next(2) == 0;
                return new HistoryEntry<(int, bool, int)>(n, (random.Next(3), write, random.Next(1, 3)), write ? 0 : random.Next(0, 3), began, began + random.Next(1, 8));
            })];
            LinearizabilityResult asWhole = Linearizability.Check(whole, history);
            LinearizabilityResult asParts = Linearizability.Check(parted, history);
            Assert.True(asWhole.Answer == asParts.Answer, $"seed 20262, history {i}");
            no += asWhole.Answer == LinearizabilityAnswer.No ? 1 : 0;
            visitedWhole += asWhole.Visited;
            visitedParted += asParts.Visited;
        }
        Assert.InRange(no, 50, 450);
        Assert.True(visitedParted * 2 < visitedWhole, $"{visitedParted} of {visitedWhole}");
    }

    private static SequentialModel<Items, (int Key, bool Write, int Value)> Cells(Func<(int Key, bool Write, int Value), object?>? keyOf) =>
        SequentialModel.Of<Items, (int Key, bool Write, int Value)>(
            Items.Of(0, 0, 0),
            (cells, call) =>
            {
                long[] values = [cells.First, cells.WithoutFirst().First, cells.Last];
                long answer = call.Write ? 0 : values[call.Key];
                if (call.Write) { values[call.Key] = call.Value; }
                return (Items.Of(values), answer);
            },
            keyOf);

    private static HistoryEntry<string> Call(int actor, string call, long result, int began, int ended) => new(actor, call, result, began, ended);

    // One to six calls of up to three actors; an actor's calls follow each other, and its last may be pending.
    private static HistoryEntry<string>[] Draw(Random random, bool queue)
    {
        int[] free = [1, 1, 1];
        List<HistoryEntry<string>> history = [];
        int count = random.Next(1, 7);
        for (int n = 0; n < count; n++)
        {
            int actor = random.Next(3);
            if (free[actor] == HistoryEntry.Pending) { continue; }
            int began = free[actor] + random.Next(3);
            bool changes = random.Next(5) < 2;
            int value = random.Next(1, 3);
            int ended = random.Next(12) == 0 ? HistoryEntry.Pending : began + random.Next(1, 5);
            string call = changes ? (queue ? $"put {value}" : $"write {value}") : queue ? "take" : "read";
            history.Add(Call(actor, call, changes ? 0 : queue && random.Next(4) == 0 ? -1 : random.Next(queue ? 1 : 0, 3), began, ended));
            free[actor] = ended == HistoryEntry.Pending ? ended : ended + 1;
        }
        return [.. history];
    }

    private static bool FitsInSomeOrder<TState>(SequentialModel<TState, string> model, HistoryEntry<string>[] history)
        where TState : notnull
    {
        int[] pending = [.. Enumerable.Range(0, history.Length).Where(i => history[i].IsPending)];
        for (int taken = 0; taken < 1 << pending.Length; taken++)
        {
            int[] operations = [.. Enumerable.Range(0, history.Length).Where(i => !history[i].IsPending || (taken >> Array.IndexOf(pending, i) & 1) != 0)];
            if (Permutations(operations).Any(order => Fits(model, history, order))) { return true; }
        }
        return false;
    }

    private static IEnumerable<int[]> Permutations(int[] items)
    {
        if (items.Length <= 1)
        {
            yield return items;
            yield break;
        }
        for (int i = 0; i < items.Length; i++)
        {
            foreach (int[] rest in Permutations([.. items[..i], .. items[(i + 1)..]])) { yield return [items[i], .. rest]; }
        }
    }

    private static bool Fits<TState>(SequentialModel<TState, string> model, HistoryEntry<string>[] history, IReadOnlyList<int> order)
        where TState : notnull
    {
        for (int i = 0; i < order.Count; i++)
        {
            for (int j = i + 1; j < order.Count; j++)
            {
                if (history[order[j]].Ended < history[order[i]].Began) { return false; }
            }
        }
        TState state = model.Initial;
        foreach (int i in order)
        {
            List<TState> after = [.. model.After(state, history[i].Call, history[i].IsPending ? null : history[i].Result)];
            if (after.Count == 0) { return false; }
            state = after[0];
        }
        return true;
    }

    private static void AssertFits<TState>(SequentialModel<TState, string> model, HistoryEntry<string>[] history, IReadOnlyList<int> order)
        where TState : notnull
    {
        Assert.True(Fits(model, history, order));
        Assert.Equal(order.Count, order.Distinct().Count());
        Assert.All(Enumerable.Range(0, history.Length).Where(i => !history[i].IsPending), i => Assert.Contains(i, order));
    }
}
