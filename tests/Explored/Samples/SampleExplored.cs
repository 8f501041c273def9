using System.Text;
using CsCheck;
using MemCore.Lab.Testing;

namespace MemCore.Tests.Samples;

/// <summary>Random calls, every schedule: CsCheck draws and shrinks the calls of each actor, the explorer runs their interleavings.</summary>
/// <remarks>
/// CsCheck's own parallel check starts threads, leaves the schedule to chance, and compares final states. Here a case is searched up to a bound of
/// preemptions, answers are judged with the order in which calls followed each other, and a case that fails does so every time.
/// </remarks>
internal static class SampleExploredExtensions
{
    /// <summary>Deals random calls to actors and explores each case. A case fails when an interleaving is not linearizable, or a call throws.</summary>
    /// <param name="calls">What an actor may call.</param>
    /// <param name="create">As of <see cref="ConcurrentTest{TSubject, TCall}"/>.</param>
    /// <param name="run">As of <see cref="ConcurrentTest{TSubject, TCall}"/>.</param>
    /// <param name="initial">State of the sequential model.</param>
    /// <param name="step">State and call to the state after it and the call's answer.</param>
    /// <param name="actorsMax">Two actors to this many.</param>
    /// <param name="callsMax">Of an actor, one to this many.</param>
    /// <param name="budget">Of a case; null: two preemptions, one second.</param>
    /// <param name="writeLine">Told how many cases there were, and how many of them were not searched to the end.</param>
    /// <param name="seed">From the message of a failure: its case comes first, and again with the same schedule.</param>
    /// <param name="iter">Cases; negative: CsCheck's setting.</param>
    /// <param name="time">Seconds instead of cases; negative: CsCheck's setting.</param>
    public static void SampleExplored<TSubject, TCall, TState>(
        this Gen<TCall> calls, Func<SharedMemory, TSubject> create, Func<TSubject, int, TCall, long> run,
        TState initial, Func<TState, TCall, (TState After, long Answer)> step,
        int actorsMax = 3, int callsMax = 3, ExploreOptions? budget = null,
        Action<string>? writeLine = null, string? seed = null, long iter = -1, int time = -1)
        where TState : notnull
    {
        ExploreOptions options = budget ?? new ExploreOptions { Strategy = ExploreStrategy.Bounded, Time = TimeSpan.FromSeconds(1) };
        int unfinished = 0;
        int cases = 0;

        ExploreResult Explore(TCall[][] actors, ExploreOptions how)
        {
            ConcurrentTest<TSubject, TCall> test = new ConcurrentTest<TSubject, TCall>(create, run).Linearizable(initial, step);
            foreach (TCall[] actor in actors) { test.Actor(actor); }
            return test.Explore(how);
        }

        bool Holds(TCall[][] actors)
        {
            ExploreVerdict verdict = Explore(actors, options with { FirstOnly = true }).Verdict;
            cases++;
            if (verdict == ExploreVerdict.RanOut) { unfinished++; }
            return verdict != ExploreVerdict.Violated;
        }

        // Searched again without stopping at the first violation: what is printed is the schedule with the fewest preemptions, then steps.
        string Print(TCall[][] actors)
        {
            StringBuilder text = new();
            for (int a = 0; a < actors.Length; a++) { text.Append((char)('a' + a)).Append(": ").AppendJoin(", ", actors[a]).Append('\n'); }
            ExploreResult result = Explore(actors, options);
            return text.Append(result.Violations.Count > 0 ? result.Violations[0] : result).ToString();
        }

        // The explorer is one scheduler for the process: one case at a time.
        calls.Array[1, callsMax].Array[2, actorsMax].Sample(Holds, seed: seed, iter: iter, time: time, threads: 1, print: Print);
        writeLine?.Invoke($"{cases} cases explored, {unfinished} of them not to the end");
    }
}
