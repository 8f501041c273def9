using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>Two runners, one meaning: the same decisions give the same trace and the same end.</summary>
public sealed class RunnerOnThreadsTests(ITestOutputHelper output)
{
    [Fact]
    public void BothRunnersAgreeOnRandomSchedulesOfRandomPrograms()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        int schedules = 0;
        for (int i = 0; i < 100; i++)
        {
            RandomProgram program = RandomProgram.Draw(new Random(seed + i), 12);
            using ProgramModel model = new(program);
            using ProgramModel twin = new(program);
            schedules += AssertAgree(model, twin, 90, (ulong)(seed + i), $"seed {seed} + {i}\n{program}");
        }
        output.WriteLine($"{schedules} schedules");
        Assert.Equal(9_000, schedules);
    }

    [Theory]
    [InlineData("folio-lock", "exclusive", 300)]
    [InlineData("folio-lock", "time-out", 300)]
    [InlineData("folio-lock", "waiters-after-test", 200)]
    [InlineData("migrate", "fault", 100)]
    [InlineData("migrate", "copy-left-out", 100)]
    public void BothRunnersAgreeOnRandomSchedulesOfTheEngine(string scenario, string slug, int schedules)
    {
        ulong seed = (ulong)Random.Shared.NextInt64();
        output.WriteLine($"seed 0x{seed:x}");
        Variant variant = ScenarioCatalogue.Find(scenario)!.Variants.First(v => v.Slug == slug);
        ModelSettings settings = new();
        int agreed = Verdict.WithModel(variant, settings, model =>
        {
            using ExplorationModel twin = variant.Build(settings);
            return AssertAgree(model, twin, schedules, seed, $"{scenario}/{slug}, seed 0x{seed:x}");
        });
        Assert.Equal(schedules, agreed);
    }

    [Fact]
    public void BothRunnersGiveTheSameSumOfTracesOverACompleteBound()
    {
        using TaggedStack model = new(rounds: 1);
        using TaggedStack twin = new(rounds: 1);
        PrefixSearch nested = new(new Runner(model), bound: 1);
        nested.Search(long.MaxValue);
        using RunnerOnThreads threads = new(twin);
        PrefixSearch threaded = new(threads, bound: 1);
        threaded.Search(long.MaxValue);
        output.WriteLine($"{nested.Runs} schedules, sum {nested.Sum:x}");
        Assert.Equal((nested.Runs, nested.Sum), (threaded.Runs, threaded.Sum));

        SearchCounts counts = new();
        new DepthFirstSearch(new Runner(model), prune: false).Search(1, counts, () => false);
        Assert.Equal(counts.Executions, nested.Runs);
    }

    [Fact]
    public void BothRunnersAgreeOnTheFirstSchedulesOfTheEngine()
    {
        using MigratedPage model = new(EntryWait.QueueUnderPageTableLock, faulters: 1);
        using MigratedPage twin = new(EntryWait.QueueUnderPageTableLock, faulters: 1);
        PrefixSearch nested = new(new Runner(model), bound: 1);
        nested.Search(long.MaxValue);
        using RunnerOnThreads threads = new(twin);
        PrefixSearch threaded = new(threads, bound: 1);
        threaded.Search(long.MaxValue);
        output.WriteLine($"{nested.Runs} schedules");
        Assert.Equal((nested.Runs, nested.Sum), (threaded.Runs, threaded.Sum));
    }

    [Fact]
    public void AThousandReplaysOfAFoundScheduleAreOneTrace()
    {
        Scenario scenario = ScenarioCatalogue.Find("folio-lock")!;
        Variant variant = scenario.Variants.First(v => v.Slug == "waiters-after-test");
        Verdict verdict = Verdict.Decide(scenario, variant, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = 2 });
        IReadOnlyList<short> schedule = verdict.Exploration.Found.First().Decisions;
        HashSet<ulong> hashes = Verdict.WithModel(variant, new ModelSettings(), model =>
        {
            HashSet<ulong> all = [];
            for (int i = 0; i < 1_000; i++)
            {
                Replayed run = Explorer.Replay(model, schedule);
                Assert.Equal(RunEnd.Violated, run.End);
                all.Add(run.TraceHash);
            }
            Replayed onThreads = Explorer.Replay(model, schedule, new ExplorationOptions { OnThreads = true });
            Assert.Equal((RunEnd.Violated, ViolationKind.LostWake), (onThreads.End, onThreads.Violation));
            all.Add(onThreads.TraceHash);
            return all;
        });
        Assert.Single(hashes);
    }

    [Fact]
    public void EverySuspendedActorIsReleasedOnceWhenARunEnds()
    {
        using Stuck model = new(actors: 4);
        using RunnerOnThreads runner = new(model);
        for (int run = 1; run <= 50; run++)
        {
            runner.Reset();
            Assert.Equal(RunEnd.Violated, runner.Run(new Replayer([]), -1));
            Assert.Equal(run * 3, runner.Released); // The fourth saw that nobody can run, and left by itself.
            Assert.Equal(run * 4, model.Unwound);
        }
    }

    [Fact]
    public void TheLabsFailureInAnActorReachesTheCaller()
    {
        using Stuck model = new(actors: 3, outside: true);
        using RunnerOnThreads runner = new(model);
        LabException e = Assert.Throws<LabException>(() => runner.Run(new Replayer([]), -1));
        Assert.Contains("outside the arena", e.Message, StringComparison.Ordinal);
        runner.Reset();
        Assert.Throws<LabException>(() => runner.Run(new Replayer([]), -1));
    }

    private static int AssertAgree(ExplorationModel model, ExplorationModel twin, int schedules, ulong seed, string where)
    {
        Runner nested = new(model);
        using RunnerOnThreads threads = new(twin);
        ulong state = seed | 1;
        for (int i = 0; i < schedules; i++)
        {
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            Assert.True(Once(nested, state) == Once(threads, state), $"{where}, schedule {i}");
        }
        return schedules;
    }

    private static (RunEnd End, ViolationKind Kind, ulong Trace, int Points) Once(Runner runner, ulong seed)
    {
        TraceSum trace = new();
        runner.Trace = trace;
        runner.Reset();
        RunEnd end = runner.Run(new Dice((int)(seed >> 33)), -1);
        return (end, end == RunEnd.Violated ? runner.Violation : ViolationKind.None, trace.Hash, runner.RunPoints);
    }

    /// <summary>All sleep for ever; or the last one leaves the arena.</summary>
    private sealed class Stuck : ExplorationModel
    {
        private readonly Column<int> _words;
        private readonly int[] _elsewhere = GC.AllocateArray<int>(1, pinned: true);
        private readonly List<Actor> _actors = [];

        public Stuck(int actors, bool outside = false)
            : base(new Arena(1 << 16))
        {
            _words = Arena.Add<int>("w", actors, ColumnKind.State);
            for (int a = 0; a < actors; a++)
            {
                int actor = a;
                bool leaves = outside && a == actors - 1;
                _actors.Add(new Actor($"T{a}", [new Operation("sleep", () => Sleep(actor, leaves))]));
            }
        }

        public int Unwound { get; private set; }

        public override IReadOnlyList<Actor> Actors => _actors;

        private void Sleep(int actor, bool leaves)
        {
            try
            {
                if (leaves) { Atomic.Load(ref _elsewhere[0]); }
                Atomic.Park(ref _words[actor], 0);
            }
            catch (UnwindException)
            {
                Unwound++;
                throw;
            }
        }
    }
}
