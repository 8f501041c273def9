using MemCore.Lab.Exploration;
using MemCore.Lab.Repro;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Repro;

/// <summary>The machine that recorded operations run on: silent over the right code, and its oracles fire.</summary>
public class RecordedMachineTests
{
    private const ulong Seed = 0x5eed;

    [Theory]
    [InlineData("k0-L0.K0+T0.W0+Q0")]
    [InlineData("k0.k0-N0.E0+L0.L1")]
    [InlineData("s0-G0.D0+R0+Z0")]
    [InlineData("s0-D0+R0.Z0.S0")]
    [InlineData("o0.l0-A0.B0_5.I0.U0.P0+I1.P1_1.O0.V0")]
    [InlineData("o0-A0.P0.A0")]
    [InlineData("j0-U0.S0+V0")]
    [InlineData("b0.h0-H0.F0+F1.H1")]
    [InlineData("b1.h1-H0.F0+F1")]
    [InlineData("b1-H0+S0")]
    [InlineData("p0-r0.w0.i0.m0+i0.m0_1.r0")]
    [InlineData("p0.p1-r0.i1.r0")]
    [InlineData("p0.p1-w0.p0_1.q0+d1.r1.i0.m0")]
    [InlineData("p0.p2-w0.r0+f0.r1.w1.e1")]
    public void TheRightCodeIsClean(string text)
    {
        Verdict verdict = Explore(text, PlantedBug.None, ViolationKind.None, TimeSpan.FromSeconds(1));

        Assert.True(verdict.Exploration.Counts.Found.Count == 0, VerdictText.Line(verdict) + string.Concat(verdict.Exploration.Found.Select(f => f.Text)));
        Assert.Equal(0, verdict.Exploration.Counts.CutOff);
        Assert.True(verdict.Exploration.ExecutionsInAll > 1);
    }

    [Theory]
    [InlineData("k0-L0+L0", "UnlockForgetsWaiters", ViolationKind.LostWake)]
    [InlineData("k0-L0.L0+L0", "HandOffDropsLock", ViolationKind.DoubleOwner)]
    [InlineData("s0-G0.D0+R0", "PutTwice", ViolationKind.RefUnderflow)]
    [InlineData("s0-D0+Z0", "FreezeIgnoresHolders", ViolationKind.RefUnderflow)]
    [InlineData("o0-A0.O0.I0", "LruBitLost", ViolationKind.BrokenList)]
    [InlineData("p0-w0.i0.m0.r0", "MissingShootdown", ViolationKind.StaleTranslation)]
    [InlineData("p0-f0.w0", "ForkKeepsParentWritable", ViolationKind.DataMismatch)]
    [InlineData("h0-F0", "FreeTwice", ViolationKind.LostFrame)]
    public void APlantedBugIsFoundAndItsStringReplays(string text, string planted, ViolationKind kind)
    {
        PlantedBug bug = Enum.Parse<PlantedBug>(planted);
        Verdict verdict = Explore(text, bug, kind, TimeSpan.FromSeconds(10));

        Found found = Assert.Single(verdict.Exploration.Found, f => f.Kind == kind);
        Schedule schedule = verdict.ScheduleOf(found);
        Assert.Equal(bug.ToString(), schedule.Planted);
        Assert.True(Schedule.TryParse(schedule.ToString(), out Schedule parsed, out string error), error);
        Assert.True(RecordedScenario.TryFind(parsed, bug, out Variant? variant, out error), error);
        Replayed replayed = Verdict.Replay(variant, parsed);
        Assert.Equal((RunEnd.Violated, kind), (replayed.End, replayed.Violation));
        Assert.Equal(parsed.Trace, TraceHash.Short(replayed.TraceHash));
    }

    [Fact]
    public void TheFirstRunIsTheObservedOrder()
    {
        // The reader's look-up, then the replacement, then the reader's put.
        Variant variant = VariantOf("s0-G0.D0+R0", PlantedBug.None);
        List<int> picked = Verdict.WithModel(variant, new ModelSettings(), model =>
        {
            List<int> actors = [];
            Runner runner = new(model) { Trace = new Beginnings(actors) };
            new ObservedWalk(runner, new SearchCounts(), Seed, [0, 1, 0]).Search(1, () => false);
            return actors;
        });

        Assert.Equal([0, 1, 0], picked);
    }

    private static Verdict Explore(string text, PlantedBug bug, ViolationKind wanted, TimeSpan time)
    {
        Assert.True(RecordedProgram.TryParse(text, out RecordedProgram? program, out string error), error);
        Assert.True(RecordedScenario.TryMake(program, bug, out RecordedScenario? scenario, out error), error);
        int[] order = [.. program.Actors.SelectMany((steps, actor) => steps.Select(_ => actor))];
        return Verdict.Decide(scenario, scenario.Variants[0], new ExplorationOptions
        {
            Observed = order,
            Wanted = wanted == ViolationKind.None ? [] : [wanted],
            Time = time,
            UnboundedTime = TimeSpan.Zero,
            Seed = Seed,
        });
    }

    private static Variant VariantOf(string text, PlantedBug bug)
    {
        Assert.True(RecordedProgram.TryParse(text, out RecordedProgram? program, out string error), error);
        Assert.True(RecordedScenario.TryMake(program, bug, out RecordedScenario? scenario, out error), error);
        return scenario.Variants[0];
    }

    /// <summary>Notes whose operation ends, in order.</summary>
    private sealed class Beginnings(List<int> actors) : ITraceSink
    {
        public void OperationEnded(int actor) => actors.Add(actor);

        public void Access(int actor, AccessKind kind, int location, bool wide, long before, long after, long comparand)
        {
        }

        public void Waits(int actor, WaitKind kind, int location)
        {
        }

        public void Wakes(int actor, int sleeper, int location)
        {
        }

        public void TimedOut(int actor, int location)
        {
        }

        public void Chose(int actor, int value, int count)
        {
        }

        public void Note(int actor, string text)
        {
        }
    }
}
