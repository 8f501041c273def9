using System.Globalization;
using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>A test of a concurrent object: actors that perform calls on it, and what must be true whatever the interleaving.</summary>
/// <typeparam name="TSubject">The object under test. Its shared words come from the <see cref="SharedMemory"/> that it is made with.</typeparam>
/// <typeparam name="TCall">A call with its arguments, as data; its text is what reports call it.</typeparam>
/// <remarks>
/// Calls are performed by actors on one thread, which the explorer switches between accesses to shared words. A call may be performed again
/// from its start with the answers that its accesses got: between them it must depend on nothing but its arguments and those answers, and it
/// must change nothing but shared words: no other fields, no clock, no random numbers, no catch or finally around accesses, no other
/// threads. A call that then does something else when it is performed again is reported as not deterministic. One that loops for ever without
/// an access cannot be stopped.
/// </remarks>
public sealed class ConcurrentTest<TSubject, TCall>
{
    private const string ScheduleName = "test";

    private readonly Func<SharedMemory, TSubject> _create;
    private readonly Func<TSubject, int, TCall, long> _run;
    private readonly List<TCall[]> _actors = [];
    private Action<TSubject>? _atEachStep;
    private Action<TSubject>? _atEnd;
    private Action<History<TCall>>? _judge;

    /// <summary>A test without actors.</summary>
    /// <param name="create">Makes the object in its initial state; nothing runs beside it. Called once for each exploration or replay.</param>
    /// <param name="run">Performs a call as the actor with that number, from 0. What it returns is the answer that a sequential model explains.</param>
    public ConcurrentTest(Func<SharedMemory, TSubject> create, Func<TSubject, int, TCall, long> run)
    {
        _create = create;
        _run = run;
    }

    /// <summary>Adds an actor that performs these calls one after the other. Reports call the first one a, the next b.</summary>
    public ConcurrentTest<TSubject, TCall> Actor(params TCall[] calls)
    {
        _actors.Add(calls);
        return this;
    }

    /// <summary>Adds a check that is made after each access. A throw is a violation; it may read, and must change nothing.</summary>
    public ConcurrentTest<TSubject, TCall> AtEachStep(Action<TSubject> check)
    {
        _atEachStep += check;
        return this;
    }

    /// <summary>Adds a check that is made when all actors are done. A throw is a violation; it may read, and must change nothing.</summary>
    public ConcurrentTest<TSubject, TCall> AtEnd(Action<TSubject> check)
    {
        _atEnd += check;
        return this;
    }

    /// <summary>Asks of every run that its answers are those of an object that performs the calls one by one, in an order that respects who came before whom.</summary>
    /// <param name="initial">The state of the object that was created. States are compared by value.</param>
    /// <param name="step">State and call to the state after it and its answer.</param>
    /// <param name="keyOf">The part of the object that a call is about, where parts know nothing of each other; null: the object is one.</param>
    public ConcurrentTest<TSubject, TCall> Linearizable<TState>(
        TState initial, Func<TState, TCall, (TState After, long Answer)> step, Func<TCall, object?>? keyOf = null)
        where TState : notnull => Linearizable(SequentialModel.Of(initial, step, keyOf));

    /// <summary>As above, for a model whose calls may have several answers.</summary>
    public ConcurrentTest<TSubject, TCall> Linearizable<TState>(SequentialModel<TState, TCall> model)
        where TState : notnull
    {
        _judge += history => history.Judge(model);
        return this;
    }

    /// <summary>Runs the interleavings that the options name.</summary>
    /// <exception cref="InvalidOperationException">The process does not explore: the message says which line to add to the project.</exception>
    /// <exception cref="LabException">A call cannot be explored: it is not deterministic, or uses memory that is not shared memory.</exception>
    public ExploreResult Explore(ExploreOptions? options = null)
    {
        options ??= new ExploreOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.Preemptions);
        using TestedModel<TSubject, TCall> model = Build();
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions
        {
            Strategy = options.Strategy switch
            {
                ExploreStrategy.Bounded => Strategy.Dfs,
                ExploreStrategy.States => Strategy.States,
                ExploreStrategy.Random => Strategy.Random,
                _ => Strategy.Auto,
            },
            PreemptionsMax = options.Preemptions,
            Time = options.Time,
            UnboundedTime = options.Time,
            Seed = options.Seed,
            RunPointsMax = options.StepsMax,
            FirstOnly = options.FirstOnly,
        });
        ExploredRun[] violations = [.. result.Found.Select(found => Repeat(model, found.Decisions))];
        return new ExploreResult(violations, result.Complete, result.Space, (result.Counts.Executions, result.Counts.Steps, result.Counts.States), result.Seconds);
    }

    /// <summary>Repeats a run from its schedule.</summary>
    /// <exception cref="FormatException">The text is no schedule.</exception>
    /// <exception cref="LabException">It does not fit: it was made by another test, or the code has changed since.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Explore"/>.</exception>
    public ExploredRun Replay(string schedule)
    {
        if (!Schedule.TryParse(schedule, out Schedule parsed, out string error)) { throw new FormatException(error); }
        using TestedModel<TSubject, TCall> model = Build();
        return Repeat(model, parsed.Decisions);
    }

    private static ExploredRun Repeat(TestedModel<TSubject, TCall> model, IReadOnlyList<short> decisions)
    {
        Replayed run = Explorer.Replay(model, decisions);
        string schedule = new Schedule(ScheduleName, ScheduleName, null, run.Decisions).ToString();
        ViolationKind kind = run.End == RunEnd.Violated ? run.Violation : ViolationKind.None;
        string history = kind == ViolationKind.NonLinearizable ? model.Calls.Misfit : string.Empty;
        return new ExploredRun(kind, kind == ViolationKind.None ? string.Empty : run.Text, run.Preemptions, schedule, run.Interleaving, history, run.TraceHash);
    }

    private TestedModel<TSubject, TCall> Build()
    {
        if (!Seam.Exploring)
        {
            throw new InvalidOperationException(
                "this process does not explore interleavings; add to an <ItemGroup> of the test project: "
                + "<RuntimeHostConfigurationOption Include=\"MemCore.Explore\" Value=\"true\" />");
        }
        if (_actors.Count == 0) { throw new InvalidOperationException("the test has no actor"); }
        if (_actors.Count > Runner.FirstBuffer) { throw new InvalidOperationException($"the test has {_actors.Count} actors: {Runner.FirstBuffer} are possible"); }
        SharedMemory memory = new();
        TSubject subject = _create(memory);
        History<TCall> history = new(memory.Arena, _actors.Sum(calls => calls.Length));
        List<Actor> actors = [.. _actors.Select((calls, a) => new Actor(
            ((char)('a' + a)).ToString(), [.. calls.Select(call => history.Record(a, call, Bind(subject, a, call)))]))];
        return new TestedModel<TSubject, TCall>(memory, subject, history, actors) { AtEachStep = _atEachStep, AtEnd = _atEnd, Judge = _judge };
    }

    private Func<long> Bind(TSubject subject, int actor, TCall call)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{call}");
        return () =>
        {
            Atomic.Note(name);
            return _run(subject, actor, call);
        };
    }
}
