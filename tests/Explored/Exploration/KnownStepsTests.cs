using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>A search that takes known steps is the search that runs operations; states compared in full are those compared by hash.</summary>
public sealed class KnownStepsTests(ITestOutputHelper output)
{
    private static readonly int[] s_bounds = [-1, 0, 1, 2];

    [Fact]
    public void KnownStepsExactStatesAndNativeRunsGiveTheSameCounts()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        for (int i = 0; i < 60; i++)
        {
            RandomProgram program = RandomProgram.Draw(new Random(seed + i), 10);
            foreach (int bound in s_bounds)
            {
                foreach (bool prune in new[] { true, false })
                {
                    string where = $"seed {seed} + {i}, bound {bound}, prune {prune}\n{program}";
                    string native = Counts(program, bound, prune, learns: false, exact: null);
                    AssertSame(native, Counts(program, bound, prune, learns: true, exact: null), where + "\nknown steps");
                    if (prune) { AssertSame(native, Counts(program, bound, prune, learns: true, new ExactStates()), where + "\nexact"); }
                }
            }
        }
    }

    [Theory]
    [InlineData("word-types")]
    [InlineData("folio-lock")]
    [InlineData("migrate")]
    public void KnownStepsAndExactStatesFindWhatNativeRunsFind(string scenario)
    {
        foreach (Variant variant in ScenarioCatalogue.Find(scenario)!.Variants.Where(v => scenario != "migrate" || !v.NothingElse))
        {
            string native = Counts(variant, 1, learns: false, exact: false);
            AssertSame(native, Counts(variant, 1, learns: true, exact: false), $"{variant.Slug}, known steps");
            AssertSame(native, Counts(variant, 1, learns: true, exact: true), $"{variant.Slug}, exact");
        }
    }

    [Fact]
    public void ExactStatesAreToldApartWhateverTheHash()
    {
        using TaggedStack model = new(rounds: 1);
        using TaggedStack twin = new(rounds: 1);
        SearchCounts hashed = new();
        SearchCounts exact = new();
        new DepthFirstSearch(new Runner(model)).Search(1, hashed, () => false);
        new DepthFirstSearch(new Runner(twin), prune: true, new ExactStates(_ => 42)).Search(1, exact, () => false);
        Assert.Equal((hashed.States, hashed.Executions, hashed.Pruned), (exact.States, exact.Executions, exact.Pruned));
        Assert.True(exact.States > 100);
    }

    [Fact]
    public void StepCheckIsMadeWheneverAWordThatItReadHasChanged()
    {
        // Without its declaration the machine is checked at every step: the same violations must show, at the same places.
        foreach (string slug in (string[])["entries-after-unlock", "no-shootdown", "stale-entry"])
        {
            Variant variant = ScenarioCatalogue.Find("migrate")!.Variants.First(v => v.Slug == slug);
            string now = Counts(variant, 1, learns: true, exact: false);
            string always = Counts(variant with { Build = settings => new CheckedAlways(variant.Build(settings)) }, 1, learns: false, exact: false);
            AssertSame(always, now, slug);
        }
    }

    [Fact]
    public void StatesOfAMigrationAreTheSameInFullAndByHash()
    {
        string hashed = Counts(new MigratedPage(EntryWait.QueueUnderPageTableLock, faulters: 1), -1, learns: true, exact: null);
        AssertSame(hashed, Counts(new MigratedPage(EntryWait.QueueUnderPageTableLock, faulters: 1), -1, learns: true, new ExactStates()), "exact");
        output.WriteLine(hashed);
    }

    private static string Counts(RandomProgram program, int bound, bool prune, bool learns, ExactStates? exact)
    {
        using ProgramModel model = new(program);
        return $"{Counts(model, model.Runner, bound, prune, learns, exact)}\n{string.Join('\n', model.Outcomes.Order(StringComparer.Ordinal))}";
    }

    private static string Counts(Variant variant, int bound, bool learns, bool exact) => Verdict.WithModel(variant, new ModelSettings(), model =>
        Counts(model, new Runner(model), bound, prune: true, learns, exact ? new ExactStates() : null));

    private static string Counts(ExplorationModel model, int bound, bool learns, ExactStates? exact)
    {
        using (model) { return Counts(model, new Runner(model), bound, prune: true, learns, exact); }
    }

    private static string Counts(ExplorationModel model, Runner runner, int bound, bool prune, bool learns, ExactStates? exact)
    {
        if (learns)
        {
            runner.LearnPrograms();
            runner.NativeTurns = 3;
        }
        SearchCounts counts = new();
        Assert.True(new DepthFirstSearch(runner, prune, exact).Search(bound, counts, () => false));
        return $"{counts.Executions} runs, {counts.Pruned} pruned, {counts.Steps} steps, {counts.States} states, longest {counts.LongestRun}; "
            + string.Join("; ", counts.Found.Values.OrderBy(f => f.Kind).Select(f => $"{f.Kind} x{f.Count} {Schedule.Encode(f.Decisions)} {f.Text}"));
    }

    private static void AssertSame(string expected, string found, string where) =>
        Assert.True(expected == found, $"{where}\nexpected: {expected}\nfound:    {found}");

    private sealed class CheckedAlways(ExplorationModel model) : ExplorationModel(model.Arena)
    {
        public override IReadOnlyList<Actor> Actors => model.Actors;

        public override IReadOnlyList<FaultPoint> Faults => model.Faults;

        public override void CheckStep() => model.CheckStep();

        public override void CheckQuiescence() => model.CheckQuiescence();

        public override ViolationKind ClassifyStuck() => model.ClassifyStuck();

        public override void Dispose()
        {
            model.Dispose();
            base.Dispose();
        }
    }
}
