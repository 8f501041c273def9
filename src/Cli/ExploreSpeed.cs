using System.Globalization;
using System.Runtime.InteropServices;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Cli;

/// <summary>memcore explore --speed: what this machine's explorer does per second on one core, on models of its own.</summary>
internal static class ExploreSpeed
{
    private const double SecondsPerRow = 3;

    public static int Run()
    {
        Console.WriteLine($"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; one core is used");
        Console.WriteLine();
        Console.WriteLine("| model | search | preemptions | runs | states | points | seconds | runs/s | points/s | end |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---|");
        for (int bound = 1; bound <= 3; bound++) { Bounded("tagged stack, 3 actors x 3 x (pop, push)", () => new TaggedStack(3), bound); }
        for (int bound = 1; bound <= 3; bound++) { Bounded("migrator and 2 faulters", () => new MigratedPage(EntryWait.QueueUnderPageTableLock, 2), bound); }
        Unbounded("migrator and 2 faulters", () => new MigratedPage(EntryWait.QueueUnderPageTableLock, 2));
        Deepening("001-V1: migrator, faulter, who uses the frame again", ViolationKind.DoubleOwner);
        Deepening("001-V1: migrator, faulter, who uses the frame again", ViolationKind.LostWake);
        return ExitCode.Done;
    }

    private static void Bounded(string name, Func<ExplorationModel> build, int bound)
    {
        using ExplorationModel model = build();
        Runner runner = new(model);
        runner.LearnPrograms();
        DepthFirstSearch search = new(runner, prune: false);

        // The first second is the compiler's; small spaces are searched again until there is something to measure.
        bool complete = false;
        for (Meter warm = new(1); !warm.Expired();) { search.Search(bound, new SearchCounts(), warm.Expired); }
        SearchCounts all = new();
        Meter meter = new(SecondsPerRow);
        while (!meter.Expired()) { complete |= search.Search(bound, all, meter.Expired); }
        Print(name, "every schedule", bound, all, states: false, meter, complete ? "complete" : "time was up");
    }

    private static void Unbounded(string name, Func<ExplorationModel> build)
    {
        using ExplorationModel model = build();
        SearchCounts counts = new();
        Meter meter = new(20);
        Runner runner = new(model);
        runner.LearnPrograms();
        bool complete = new DepthFirstSearch(runner).Search(-1, counts, meter.Expired);
        Print(name, "stored states", -1, counts, states: true, meter, complete ? "complete" : "time was up");
    }

    // Use after free is muted: what comes of it is to be found.
    private static void Deepening(string name, ViolationKind kind)
    {
        Bug.Muted = 1UL << (int)ViolationKind.UseAfterFree;
        using MigratedPage model = new(EntryWait.LockWithoutReference, faulters: 1, reuser: true);
        SearchCounts counts = new();
        Meter meter = new(15);
        Runner runner = new(model);
        runner.LearnPrograms();
        DepthFirstSearch search = new(runner);
        bool Stop() => meter.Expired() || counts.Found.ContainsKey(kind);
        for (int bound = 0; bound <= 6 && !Stop(); bound++) { search.Search(bound, counts, Stop); }
        Bug.Muted = 0;
        int preemptions = counts.Found.TryGetValue(kind, out Found? found) ? found.Preemptions : -1;
        Print(name, "growing bound, pruned", preemptions, counts, states: true, meter, found is null ? $"{kind} not found" : $"{kind} {Schedule.Encode(found.Decisions)}");
    }

    private static void Print(string name, string search, int preemptions, SearchCounts counts, bool states, Meter meter, string end)
    {
        double seconds = meter.Seconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {search} | {(preemptions < 0 ? "any" : preemptions.ToString(CultureInfo.InvariantCulture))} | {counts.Executions:n0} | {(states ? counts.States.ToString("n0", CultureInfo.InvariantCulture) : "-")} | {counts.Steps:n0} | {seconds:f2} | {counts.Executions / seconds:n0} | {counts.Steps / seconds:n0} | {end} |"));
    }

    private sealed class Meter(double limitSeconds)
    {
        private readonly long _start = System.Diagnostics.Stopwatch.GetTimestamp();

        public double Seconds => System.Diagnostics.Stopwatch.GetElapsedTime(_start).TotalSeconds;

        public bool Expired() => Seconds >= limitSeconds;
    }
}
