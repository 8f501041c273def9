using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>One run: how it ended and what happened in it.</summary>
/// <param name="Kind">What was violated; None: the run came to its end and all checks held.</param>
/// <param name="Text">The violation in words.</param>
/// <param name="Preemptions">How often an actor was stopped although it could have gone on.</param>
/// <param name="Schedule">The run as a string that repeats it: see <see cref="ConcurrentTest{TSubject, TCall}.Replay"/>.</param>
/// <param name="Interleaving">What each actor did in which order, one column an actor; * marks a switch.</param>
/// <param name="History">Calls, answers, and a bar over the time of each. Empty where no sequential model is given, or it fits.</param>
/// <param name="TraceHash">Equal for runs that did the same in the same order.</param>
public sealed record ExploredRun(
    ViolationKind Kind, string Text, int Preemptions, string Schedule, string Interleaving, string History, ulong TraceHash)
{
    /// <summary>Verdict, schedule, interleaving and history, ready to be read.</summary>
    public override string ToString()
    {
        string head = Kind == ViolationKind.None ? "no violation" : $"{Kind} with {Preemptions} preemption{(Preemptions == 1 ? "" : "s")}: {Text}";
        return $"{head}\nschedule: {Schedule}\n\n{Interleaving}{(History.Length == 0 ? "" : "\n" + History)}";
    }
}
