using MemCore.Perf.Bars;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Tests.Perf;

/// <summary>A bar can be missed, and a restless machine is noticed: on a clock that is moved by the loops themselves.</summary>
public sealed class BarJudgementTests
{
    private const int SliceUs = 100;
    private const int Rounds = Contest.RoundsMin;
    private const int BeforeRounds = 4; // readings of the width: the first is the most so far, hence read three times

    private static readonly GaugeReading s_steady = new(RmwNs: 5, PingPongNs: 40, IssueWidth: 4);

    [Fact]
    public void WhatCostsOneRmwMeetsALimitOfOneRmwAndABit()
    {
        BarRecord record = Planted(times: 1);
        Assert.Equal((true, false, 1.0), (record.Pass, record.Rejected, record.Worst.Value));
    }

    [Fact]
    public void APlantedSlowdownExceedsTheLimit()
    {
        BarRecord record = Planted(times: 2);
        Assert.Equal((false, false, 2.0), (record.Pass, record.Rejected, record.Worst.Value));
        Assert.Equal("EXCEEDED", record.Verdict);
    }

    [Fact]
    public void AMachineThatGetsSlowerMeanwhileIsNoticed()
    {
        SteppedClock clock = new();
        using Bench bench = new(SliceUs, clock, clock.Loop);
        int calls = 0;
        using BarRun run = new(new PlantedBar(Disturbed, 1), bench, Rounds);
        BarRecord record = run.Measure();
        Assert.True(record.Rejected);
        Assert.Contains("raw RMW", record.Reason, StringComparison.Ordinal);

        void Disturbed(int operations)
        {
            if (++calls == 100) { clock.OperationNs *= 1.3; }
            clock.Loop(operations);
        }
    }

    [Theory]
    [InlineData(3, 0, false)]
    [InlineData((2 * Rounds) - 1, 0, false)]
    [InlineData(2 * Rounds, 1, false)]
    [InlineData((2 * Rounds) + 2, 3, false)]
    [InlineData(int.MaxValue, Rounds, true)]
    public void ARoundBesideAnotherOnTheCoreIsRunAgainAsLongAsThereAreTurns(int disturbances, int disturbed, bool isDisturbed)
    {
        SteppedClock clock = new();
        int readings = 0;
        using Bench bench = new(SliceUs, clock, clock.Loop, Width);
        using BarRun run = new(new PlantedBar(Neighboured, 1), bench, Rounds);
        BarRecord record = run.Measure();
        Assert.Equal((disturbed, isDisturbed, false), (record.Disturbed, record.IsDisturbed, record.Rejected));
        Assert.Equal(isDisturbed, !record.Pass);

        // The neighbour comes with the first round, for so many.
        double Width() => IsDisturbed(readings++) ? 2 : 4;
        bool IsDisturbed(int reading) => reading >= BeforeRounds && reading - BeforeRounds < disturbances;

        void Neighboured(int operations)
        {
            clock.Loop(operations);
            if (IsDisturbed(readings)) { clock.Loop(operations); }
        }
    }

    [Theory]
    [InlineData(0, 15, 0)]
    [InlineData(35, Rounds, 0)]
    [InlineData(36, 15, 7)]
    public void OnlyQuietRoundsCountIfThereAreEnough(int disturbances, int counted, int disturbed)
    {
        SteppedClock clock = new();
        int readings = 0;
        using Bench bench = new(SliceUs, clock, clock.Loop, () => readings++ >= BeforeRounds && readings - BeforeRounds <= disturbances ? 3.85 : 4);
        using BarRun run = new(new PlantedBar(clock.Loop, 1), bench, 15);
        BarRecord record = run.Measure();
        Assert.Equal((counted, disturbed), (record.Rounds, record.Disturbed));
        Assert.All(record.Parts, part => Assert.Equal(counted, part.RoundsAlone.Count));
    }

    [Fact]
    public void ANeighbourWhoWasThereFromTheStartIsKnownWhenHeHasGone()
    {
        SteppedClock clock = new();
        double width = 2;
        using Bench bench = new(SliceUs, clock, clock.Loop, () => width);
        using BarRun run = new(new PlantedBar(clock.Loop, 1), bench, Rounds);
        BarRecord record = run.Measure();
        Assert.Equal((0, false), (record.Disturbed, record.IsDisturbed));
        width = 4;
        bench.Cores.Read();
        record = run.WithDisturbed(record);
        Assert.Equal((Rounds, true), (record.Disturbed, record.IsDisturbed));
        Assert.Equal(0, run.WithDisturbed(run.Measure()).Disturbed);
    }

    [Fact]
    public void AReadingThatIsTooHighMakesNoNeighbourButOnesThatLastDo()
    {
        Queue<double> readings = new([2, 2, 2, 2, 4.2, 2, 4, 4, 4, 4]);
        CoreWatch cores = new(readings.Dequeue);
        Assert.Equal([2, 2, 2], new[] { cores.Read(), cores.Read(), cores.Read() });
        Assert.True(cores.WereOurs(2));
        Assert.Equal(4, cores.Read());
        Assert.False(cores.WereOurs(2));
        Assert.Single(readings);
    }

    [Theory]
    [InlineData("B2", 1 << 15)]
    [InlineData("B4", 1 << 20)] // so many that a measurement does not come to their end
    [InlineData("B5", 1 << 15)]
    public void WhatABarTookIsFreeAgainWhileItWaitsToBeMeasuredOnceMore(string id, int frames)
    {
        using Bench bench = new(sliceUs: 5);
        using Stage stage = new(bench, frames);
        _ = (stage.One, stage.Two);
        stage.Rig.Allocator.DrainAll(new TaskId(0));
        long free = stage.Rig.Allocator.FreeFramesAtRest();
        Assert.True(BarsOptions.TryParse(["--only", id], out BarsOptions options, out _));
        using BarRun run = new(BarList.Make(options, stage).Single(), bench, Rounds);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            run.Measure();
            stage.Rig.Allocator.DrainAll(new TaskId(0));
            Assert.Equal(free, stage.Rig.Allocator.FreeFramesAtRest());
        }
    }

    [Theory]
    [InlineData(1.0, 2.0, false, true, 0.5)]
    [InlineData(2.5, 2.0, false, false, 1.25)]
    [InlineData(0.96, 0.96, true, true, 1.0)]
    [InlineData(0.5, 1.0, true, false, 2.0)]
    public void ACheckIsMetUpToItsLimit(double value, double limit, bool atLeast, bool met, double load)
    {
        Check check = new("nothing", "ratio", value, limit) { AtLeast = atLeast };
        Assert.Equal((met, load), (check.Pass, check.Load));
    }

    [Fact]
    public void ABarIsAsGoodAsItsWorstCheckAndWhatWasNotMeasuredDoesNotCount()
    {
        Check good = new("good", "ratio", 1, 2), worse = new("worse", "ratio", 3, 2), absent = Check.NotMeasured("absent", "not permitted");
        Assert.Equal("worse", Record(null, good, worse, absent).Worst.What);
        Assert.False(Record(null, good, worse, absent).Pass);
        Assert.True(Record(null, good, absent).Pass);
        Assert.Equal("met", Record(null, good).Verdict);
        Assert.Equal("rejected", Record("noise", worse).Verdict);
    }

    [Fact]
    public void TheExitCodeSaysExceededBeforeUndecided()
    {
        BarRecord met = Record(null, new Check("met", "ratio", 1, 2)), exceeded = Record(null, new Check("over", "ratio", 3, 2)), rejected = Record("noise", new Check("met", "ratio", 1, 2));
        Assert.Equal(0, BarsCommand.ExitCodeOf([met]));
        Assert.Equal(6, BarsCommand.ExitCodeOf([met, rejected]));
        Assert.Equal(7, BarsCommand.ExitCodeOf([met, rejected, exceeded]));
    }

    private static BarRecord Planted(int times)
    {
        SteppedClock clock = new();
        using Bench bench = new(SliceUs, clock, clock.Loop);
        using BarRun run = new(new PlantedBar(clock.Loop, times), bench, Rounds);
        return run.Measure();
    }

    private static BarRecord Record(string? reason, params Check[] checks) => new("B0", "nothing", checks, reason is null ? null : new Rejection(reason, Lasts: false), Rounds, [], s_steady, s_steady, []);
}
