namespace MemCore.Lab.Histories;

/// <summary>What is known of a history.</summary>
public enum LinearizabilityAnswer
{
    /// <summary>There is an order of its operations that the sequential model explains and that respects who came before whom.</summary>
    Yes,

    /// <summary>There is none.</summary>
    No,

    /// <summary>The budget was spent before one was found or all were ruled out.</summary>
    RanOut,
}

/// <summary>The answer for one history.</summary>
/// <param name="Answer">Yes, no, or ran out.</param>
/// <param name="Order">Of a yes: indexes of the operations in an order that fits, part by part; pending ones that took no effect are not in it.</param>
/// <param name="Explanation">Of a no: the longest order that fits, and what does not fit behind it. Otherwise empty.</param>
/// <param name="Visited">Pairs of set of operations and state that were looked at.</param>
public sealed record LinearizabilityResult(LinearizabilityAnswer Answer, IReadOnlyList<int> Order, string Explanation, long Visited);

/// <summary>Decides whether a history could have come from an object that performs one operation at a time.</summary>
/// <remarks>
/// Depth-first search over orders in the manner of Wing and Gong, with Lowe's memory: a set of operations that were ordered before and led to
/// the same state is not followed again. Parts that the model tells apart are searched one by one. Exponential at worst; a history of an
/// exploration is small.
/// </remarks>
public static class Linearizability
{
    /// <summary>Operations that one part of a history may have at most.</summary>
    public const int OperationsMax = 128;

    /// <summary>Looks for an order that explains the history.</summary>
    /// <param name="model">What the object should do.</param>
    /// <param name="history">Its operations, in any order.</param>
    /// <param name="budget">Pairs of set and state to look at in all before giving up.</param>
    public static LinearizabilityResult Check<TState, TCall>(
        SequentialModel<TState, TCall> model, IReadOnlyList<HistoryEntry<TCall>> history, long budget = 1_000_000)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(history);
        List<int> order = [];
        long visited = 0;
        bool ranOut = false;
        foreach (int[] part in Parts(model, history))
        {
            if (part.Length > OperationsMax)
            {
                throw new ArgumentException($"a part of the history has {part.Length} operations, {OperationsMax} are possible", nameof(history));
            }
            LinearizationSearch<TState, TCall> search = new(model, history, part, budget - visited);
            LinearizabilityAnswer answer = search.Run();
            visited += search.Visited;
            if (answer == LinearizabilityAnswer.No) { return new LinearizabilityResult(answer, [], search.Explain(), visited); }
            ranOut |= answer == LinearizabilityAnswer.RanOut;
            order.AddRange(search.Order);
        }
        return ranOut
            ? new LinearizabilityResult(LinearizabilityAnswer.RanOut, [], string.Empty, visited)
            : new LinearizabilityResult(LinearizabilityAnswer.Yes, order, string.Empty, visited);
    }

    private static List<int[]> Parts<TState, TCall>(SequentialModel<TState, TCall> model, IReadOnlyList<HistoryEntry<TCall>> history)
        where TState : notnull
    {
        Dictionary<object, List<int>> parts = [];
        for (int i = 0; i < history.Count; i++)
        {
            object? key = model.KeyOf(history[i].Call);
            if (key is null) { return [[.. Enumerable.Range(0, history.Count)]]; }
            if (!parts.TryGetValue(key, out List<int>? part)) { parts.Add(key, part = []); }
            part.Add(i);
        }
        return [.. parts.Values.Select(part => part.ToArray())];
    }
}
