using MemCore.Native;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Reads the workers' rings when something was found: what they did last, and what of it has to do with the finding.</summary>
/// <remarks>
/// The rings hold operations of the engine with their arguments, not accesses to words: a shipped process has no seam that could record
/// them. What is found long after it went wrong, by an audit for instance, may have left the rings.
/// </remarks>
internal sealed class FlightRecorder(IReadOnlyList<SoakWorker> workers)
{
    private const int RelatedMost = 16;
    private const int OwnLast = 8;
    private const int OthersLast = 4;

    private Moment? _moment;

    /// <summary>The workers' rings stay as they are from here on. Any thread, as soon as something is found; the first one counts for all findings of the run.</summary>
    /// <param name="worker">Who ran into it; −1: nobody.</param>
    /// <param name="frame">−1: none is known.</param>
    public void Close(int worker, int frame)
    {
        foreach (SoakWorker one in workers) { one.Stats.Ring.Close(); }
        Interlocked.CompareExchange(ref _moment, new Moment(worker, frame, MonotonicClock.Ticks), null);
    }

    /// <summary>As above, by a worker's own thread.</summary>
    public void Close(BugException bug) => Close(workers.FirstOrDefault(w => w.IsCurrent)?.Task.Value ?? -1, bug.Index);

    /// <summary>Closes and opens again, before the first worker starts: what is run for the first time takes milliseconds.</summary>
    public void Rehearse(BugException bug)
    {
        Close(bug);
        foreach (SoakWorker one in workers) { one.Stats.Ring.Open(); }
        _moment = null;
    }

    /// <summary>The last operations on the frame of the first finding, or on what its worker was doing, and those shortly before it. The rings are closed.</summary>
    public RecordedFlight Around()
    {
        (int worker, int frame, long now) = _moment ?? new Moment(-1, -1, MonotonicClock.Ticks);
        List<Logged>[] rings = [.. workers.Select(w => Read(w, now))];
        HashSet<int> frames = [];
        HashSet<FlightPlace> places = [];
        if (frame >= 0) { frames.Add(frame); }
        if (worker >= 0 && worker < rings.Length && rings[worker].Count > 0)
        {
            FlightEntry last = rings[worker][^1].Entry;
            if (last.Frame >= 0) { frames.Add(last.Frame); }
            if (!last.Place.IsNone) { places.Add(last.Place); }
        }

        // A page is known by some operations, its frame by others: who knows both joins them.
        foreach (Logged logged in rings.SelectMany(r => r).Where(l => IsAbout(l.Entry, frames, places)).ToList()) { Add(logged.Entry, frames, places); }
        List<RecordedOperation> operations = [];
        for (int w = 0; w < rings.Length; w++)
        {
            HashSet<int> migrations = MigrationsOf(rings[w], frames, places);
            int related = 0;
            int last = w == worker ? OwnLast : OthersLast;
            for (int i = rings[w].Count - 1; i >= 0; i--)
            {
                bool about = (IsAbout(rings[w][i].Entry, frames, places) || migrations.Contains(rings[w][i].Number)) && related++ < RelatedMost;
                if (about || last-- > 0) { operations.Add(rings[w][i].ToRecord(w, about)); }
            }
        }
        return new RecordedFlight(worker, frame, [.. operations.OrderBy(o => o.AtNs).ThenBy(o => o.Number)]);
    }

    // A migration names no folio: it is about those that its task isolated before it.
    private static HashSet<int> MigrationsOf(List<Logged> ring, HashSet<int> frames, HashSet<FlightPlace> places)
    {
        HashSet<int> numbers = [];
        bool isolated = false;
        foreach (Logged logged in ring)
        {
            if (logged.Entry.Operation == Operation.Isolate) { isolated |= IsAbout(logged.Entry, frames, places); }
            if (logged.Entry.Operation != Operation.MigratePages) { continue; }
            if (isolated) { numbers.Add(logged.Number); }
            isolated = false;
        }
        return numbers;
    }

    private static bool IsAbout(in FlightEntry entry, HashSet<int> frames, HashSet<FlightPlace> places)
    {
        if (!entry.Place.IsNone && places.Contains(entry.Place)) { return true; }
        if (entry.Frame < 0) { return CoversPage(entry, places); }
        if (frames.Contains(entry.Frame)) { return true; }
        bool isBlock = entry.Operation is Operation.Alloc or Operation.Free && entry.Argument > 0;
        int end = entry.Frame + (isBlock ? 1 << entry.Argument : 1);
        int first = entry.Frame;
        return isBlock && frames.Any(f => f >= first && f < end);
    }

    // An unmap goes over many pages, an exit and a fork over all.
    private static bool CoversPage(FlightEntry entry, HashSet<FlightPlace> places)
    {
        if (entry.Place.Kind != FlightPlaceKind.Page || entry.Operation is not (Operation.Unmap or Operation.Exit or Operation.Fork)) { return false; }
        long end = entry.Operation == Operation.Unmap ? entry.Place.Index + entry.Argument : long.MaxValue;
        return places.Any(p => p.Kind == FlightPlaceKind.Page && p.Owner == entry.Place.Owner && p.Index >= entry.Place.Index && p.Index < end);
    }

    private static void Add(in FlightEntry entry, HashSet<int> frames, HashSet<FlightPlace> places)
    {
        if (entry.Place.Kind is FlightPlaceKind.None or FlightPlaceKind.Task || entry.Frame < 0) { return; }
        frames.Add(entry.Frame);
        places.Add(entry.Place);
    }

    private static List<Logged> Read(SoakWorker worker, long now)
    {
        FlightRing ring = worker.Stats.Ring;
        int end = ring.Begun;
        int first = Math.Max(1, end - FlightRing.Capacity + 1);
        FlightClock clock = new(ring, first, end, now);
        List<Logged> all = new(FlightRing.Capacity);
        for (int number = first; number <= end; number++) { all.Add(new Logged(number, ring[number], clock.NsAt(number))); }
        return all;
    }

    private sealed record Moment(int Worker, int Frame, long Ticks);

    private readonly record struct Logged(int Number, FlightEntry Entry, long AtNs)
    {
        public RecordedOperation ToRecord(int worker, bool related) => new()
        {
            Worker = worker,
            Number = Number,
            AtNs = AtNs,
            Operation = OperationNames.Of(Entry.Operation),
            Outcome = Entry.Outcome,
            Frame = Entry.Frame < 0 ? null : Entry.Frame,
            Place = Entry.Place.Kind,
            Owner = Entry.Place.Owner,
            Index = Entry.Place.Index,
            Argument = Entry.Argument,
            Related = related,
        };
    }
}
