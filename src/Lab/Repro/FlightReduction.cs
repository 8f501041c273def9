using System.Globalization;
using MemCore.Lab.Soak;

namespace MemCore.Lab.Repro;

/// <summary>A recorded operation that became a step.</summary>
internal sealed record ReducedStep(int Actor, RecordedStep Step, RecordedOperation Operation, bool StandsIn);

/// <summary>Makes a small scenario of what the workers did last: the operations that have to do with the finding, on a few renamed objects.</summary>
/// <remarks>
/// At most four workers, who ran into it first, with at most four steps each, six where there are two: related ones before those that merely came shortly before.
/// What has no counterpart on the small machine, or no room, is listed as left out.
/// </remarks>
internal sealed class FlightReduction
{
    private const int ActorsMost = 4;
    private const int StepsMost = 4;
    private const int StepsMostOfFew = 6;
    private const int UnrelatedLeast = 2;

    private readonly ReducedObjects _objects = new();
    private readonly List<ReducedStep> _steps = [];
    private readonly List<string> _leftOut = [];

    /// <param name="flight">What was recorded.</param>
    /// <param name="policy">SCENARIO/VARIANT that the soak ran; null: none.</param>
    public FlightReduction(RecordedFlight flight, string? policy)
    {
        List<RecordedOperation> chosen = [.. Chosen(flight).OrderBy(o => o.AtNs).ThenBy(o => o.Number)];
        _objects.Meet(chosen);
        List<int> workers = [];
        foreach (RecordedOperation operation in chosen)
        {
            if (!TryStep(operation, chosen, out RecordedStep step, out bool standsIn)) { continue; }
            if (!workers.Contains(operation.Worker)) { workers.Add(operation.Worker); }
            _steps.Add(new ReducedStep(workers.IndexOf(operation.Worker), step, operation, standsIn));
        }
        for (int i = _steps.Count - 1; i >= 0; i--) { DropIdleMigration(i); }
        for (int i = _steps.Count - 1; i >= 0; i--) { NameCancelled(i, workers); }
        Workers = workers;
        IReadOnlyList<IReadOnlyList<RecordedStep>> actors = [.. workers.Select((_, actor) => _steps.Where(s => s.Actor == actor).Select(s => s.Step).ToList())];
        Program = new RecordedProgram(policy, _objects.All, actors);
    }

    public RecordedProgram Program { get; }

    /// <summary>Which worker each actor is.</summary>
    public IReadOnlyList<int> Workers { get; }

    /// <summary>The steps as they were observed to begin.</summary>
    public IReadOnlyList<ReducedStep> Steps => _steps;

    /// <summary>What was recorded and is no step, a line each.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>A recorded operation in one line.</summary>
    public static string Text(RecordedOperation o)
    {
        string frame = o.Frame is { } pfn ? string.Create(CultureInfo.InvariantCulture, $" 0x{pfn:x}") : string.Empty;
        string place = o.Place switch
        {
            FlightPlaceKind.Slot => $" slot {o.Index}",
            FlightPlaceKind.Page => $" page {o.Index} of Mm {o.Owner}",
            FlightPlaceKind.CachePage => $" page {o.Index} of cache {o.Owner}",
            FlightPlaceKind.Task => $" worker {o.Index}",
            _ => string.Empty,
        };
        string outcome = o.Outcome switch { FlightOutcome.Refused => ", refused", FlightOutcome.UnderWay => ", under way", _ => string.Empty };
        return $"{o.Operation}{frame}{place}{outcome}";
    }

    // Of each worker the last ones that are related; where there are few, its last ones at all.
    private IEnumerable<RecordedOperation> Chosen(RecordedFlight flight)
    {
        var workers = flight.Operations.GroupBy(o => o.Worker)
            .OrderByDescending(g => g.Key == flight.Worker).ThenByDescending(g => g.Any(o => o.Related)).ThenByDescending(g => g.Max(o => o.AtNs)).ToList();
        foreach (var late in workers.Skip(ActorsMost)) { _leftOut.Add($"worker {late.Key}: {late.Count()} operations, no room for another actor"); }
        int most = workers.Count > 2 ? StepsMost : StepsMostOfFew;
        foreach (var worker in workers.Take(ActorsMost))
        {
            List<RecordedOperation> last = [.. worker.OrderByDescending(o => o.Number)];
            List<RecordedOperation> taken = [.. last.Where(o => o.Related && ReducedObjects.HasCounterpart(o)).Take(most)];
            foreach (RecordedOperation other in last.Where(o => !o.Related && ReducedObjects.IsShared(o)))
            {
                if (taken.Count >= UnrelatedLeast) { break; }
                taken.Add(other);
            }
            foreach (RecordedOperation rest in last.Except(taken).Reverse())
            {
                LeaveOut(rest, ReducedObjects.HasCounterpart(rest) ? rest.Related ? "earlier than the last few" : "not about the same" : "no counterpart on the small machine");
            }
            foreach (RecordedOperation one in taken) { yield return one; }
        }
    }

    private bool TryStep(RecordedOperation operation, List<RecordedOperation> chosen, out RecordedStep step, out bool standsIn)
    {
        RecordedOperation on = operation;
        standsIn = false;

        // Who waits for a wake that was lost stays, others go on: what they did on this folio has left their rings, what they did last is like it.
        if (!operation.Related && ReducedObjects.IsLock(operation) && chosen.FirstOrDefault(o => o.Related && ReducedObjects.IsLock(o)) is { } waiter
            && !chosen.Any(o => o.Related && o.Worker == operation.Worker))
        {
            standsIn = true;
            on = operation with { Frame = waiter.Frame };
        }
        bool found = _objects.TryStep(on, out step, out string why);
        if (!found) { LeaveOut(operation, why); }
        return found;
    }

    // A migration of nothing is no step.
    private void DropIdleMigration(int index)
    {
        ReducedStep step = _steps[index];
        if (step.Step.Kind != StepKind.Migrate) { return; }
        ReducedStep? before = _steps.Take(index).LastOrDefault(s => s.Actor == step.Actor && s.Step.Kind is StepKind.Migrate or StepKind.IsolatePage);
        if (before?.Step.Kind == StepKind.IsolatePage) { return; }
        _steps.RemoveAt(index);
        LeaveOut(step.Operation, "nothing that is left was isolated for it");
    }

    // A worker that is an actor has another number here.
    private void NameCancelled(int index, List<int> workers)
    {
        ReducedStep step = _steps[index];
        if (step.Step.Kind != StepKind.Cancel) { return; }
        int actor = workers.IndexOf(step.Step.Object);
        _steps[index] = step with { Step = step.Step with { Object = actor } };
        if (actor >= 0) { return; }
        _steps.RemoveAt(index);
        LeaveOut(step.Operation, "that worker is no actor");
    }

    private void LeaveOut(RecordedOperation operation, string why) =>
        _leftOut.Add($"worker {operation.Worker} #{operation.Number} {Text(operation)}: {why}");
}
