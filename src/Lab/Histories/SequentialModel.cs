namespace MemCore.Lab.Histories;

/// <summary>What an object does when one operation at a time is performed on it: the yardstick of linearizability.</summary>
/// <typeparam name="TState">All that a later operation can tell. Compared by value: a record, a tuple, a string, <see cref="Items"/>.</typeparam>
/// <typeparam name="TCall">An operation with its arguments.</typeparam>
public abstract class SequentialModel<TState, TCall>
    where TState : notnull
{
    /// <summary>The state before the first operation.</summary>
    public abstract TState Initial { get; }

    /// <summary>The states that the call may leave behind when it answers <paramref name="result"/>; none: it never answers so in this state.</summary>
    /// <param name="state">Before the call.</param>
    /// <param name="call">What is performed.</param>
    /// <param name="result">The answer; null: not known, so that any answer will do.</param>
    public abstract IEnumerable<TState> After(TState state, TCall call, long? result);

    /// <summary>
    /// The part of the object that the call is about, when calls about different parts know nothing of each other: each part is then judged by
    /// itself, from <see cref="Initial"/>, which is the same question with less work. Null for any call: the object is one.
    /// </summary>
    public virtual object? KeyOf(TCall call) => null;
}

/// <summary>Makes sequential models of functions.</summary>
public static class SequentialModel
{
    /// <summary>A model in which every call has one answer.</summary>
    /// <param name="initial">The state before the first call.</param>
    /// <param name="step">State and call to the state after it and its answer.</param>
    /// <param name="keyOf">As <see cref="SequentialModel{TState, TCall}.KeyOf"/>; null: the object is one.</param>
    public static SequentialModel<TState, TCall> Of<TState, TCall>(
        TState initial, Func<TState, TCall, (TState After, long Result)> step, Func<TCall, object?>? keyOf = null)
        where TState : notnull => new Stepped<TState, TCall>(initial, step, keyOf);

    private sealed class Stepped<TState, TCall>(
        TState initial, Func<TState, TCall, (TState After, long Result)> step, Func<TCall, object?>? keyOf) : SequentialModel<TState, TCall>
        where TState : notnull
    {
        public override TState Initial => initial;

        public override IEnumerable<TState> After(TState state, TCall call, long? result)
        {
            (TState after, long answer) = step(state, call);
            return result is null || result == answer ? [after] : [];
        }

        public override object? KeyOf(TCall call) => keyOf?.Invoke(call);
    }
}
