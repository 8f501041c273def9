using MemCore.Lab.Repro;
using MemCore.Lab.Soak;

namespace MemCore.Tests.Repro;

/// <summary>What of a flight becomes a step, on which object, and what is said of the rest.</summary>
public class FlightReductionTests
{
    [Fact]
    public void FramesAreRenamedAndTheOrderIsTheObservedOne()
    {
        FlightReduction reduction = Reduce(
            Op(1, "lock", frame: 4711),
            Op(0, "lock", frame: 99),
            Op(1, "wait-shared", frame: 99),
            Op(0, "lock-killable", frame: 4711));

        Assert.Equal("k0.k0-L0.W1+L1.K0", reduction.Program.ToString());
        Assert.Equal([0, 1, 0, 1], reduction.Steps.Select(s => s.Actor));
        Assert.Equal([1, 0], reduction.Workers);
        Assert.Empty(reduction.LeftOut);
    }

    [Fact]
    public void WhatAFolioIsAtTheStartFollowsFromItsFirstOperation()
    {
        FlightReduction reduction = Reduce(
            Op(0, "lru-add", frame: 1),
            Op(0, "isolate", frame: 2),
            Op(0, "putback", frame: 3),
            Op(0, "free", frame: 4, argument: 9));

        Assert.Equal("o0.l0.j0.h2-A0.I1.U2.F3", reduction.Program.ToString());
    }

    [Fact]
    public void AChildIsTheSecondProcessWithThePagesOfItsParent()
    {
        FlightReduction reduction = Reduce(
            Page(0, "user-write", 7, 1000),
            Page(1, "user-read", 9, 1000),
            Page(1, "fork", 7, 0) with { Argument = 9 },
            Page(1, "isolate", 9, 1000),
            Op(1, "migrate-pages"),
            Page(0, "unmap", 7, 990) with { Argument = 32 });

        Assert.Equal("p0.p2-w0.d0+r1.f0.i1.m0", reduction.Program.ToString());
    }

    [Fact]
    public void WhatHasNoCounterpartIsLeftOutByName()
    {
        FlightReduction reduction = Reduce(
            Op(0, "compact-step"),
            Op(0, "migrate-pages", frame: null),
            Op(0, "lock", frame: 5));

        Assert.Equal("k0-L0", reduction.Program.ToString());
        Assert.Equal(
            ["worker 0 #1 compact-step: no counterpart on the small machine", "worker 0 #2 migrate-pages: nothing that is left was isolated for it"],
            reduction.LeftOut);
    }

    [Fact]
    public void WhoeverWakesAWaiterIsStoodInForByWhatItDidLast()
    {
        FlightReduction reduction = Reduce(
            Op(0, "lock", frame: 5) with { Outcome = FlightOutcome.UnderWay },
            Op(1, "lock", frame: 800) with { Related = false },
            Op(1, "lock-timed", frame: 801) with { Related = false });

        Assert.Equal("k0-L0+L0.T0", reduction.Program.ToString());
        Assert.Equal([false, true, true], reduction.Steps.Select(s => s.StandsIn));
    }

    [Fact]
    public void ManyWorkersAndOperationsAreCutDownAndTheRestIsSaid()
    {
        RecordedOperation[] all = [.. Enumerable.Range(0, 60).Select(i => Op(i % 6, "lock", frame: 5))];
        FlightReduction reduction = Reduce(all);

        Assert.Equal(4, reduction.Program.Actors.Count);
        Assert.All(reduction.Program.Actors, steps => Assert.Equal(4, steps.Count));
        Assert.Contains(reduction.LeftOut, l => l.EndsWith("no room for another actor", StringComparison.Ordinal));
    }

    [Fact]
    public void WhoIsCancelledIsNamedAsAnActor()
    {
        FlightReduction reduction = Reduce(
            Op(5, "lock", frame: 9),
            Op(2, "cancel") with { Place = FlightPlaceKind.Task, Index = 5 },
            Op(2, "cancel") with { Place = FlightPlaceKind.Task, Index = 3 },
            Op(2, "lock", frame: 9));

        Assert.Equal("k0-L0+X0.L0", reduction.Program.ToString());
        Assert.Equal(["worker 2 #3 cancel worker 3: that worker is no actor"], reduction.LeftOut);
    }

    [Theory]
    [InlineData("k0-L0")]
    [InlineData("s0.p3-G0.D0+R0.w1.p1_1")]
    [InlineData("freed-under-migration/V3@l0-I0.P0_1")]
    public void AProgramReadsBackAsItWasWritten(string text)
    {
        Assert.True(RecordedProgram.TryParse(text, out RecordedProgram? program, out string error), error);
        Assert.Equal(text, program.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("k0")]
    [InlineData("k0-L1")]
    [InlineData("k0-r0")]
    [InlineData("p0-L0")]
    [InlineData("p9-r0")]
    [InlineData("x0-L0")]
    [InlineData("k0-?0")]
    [InlineData("k0-L0+X5")]
    [InlineData("k0-L0_")]
    [InlineData("k0.k0.k0.k0.k0.k0.k0.k0.k0-L0")]
    public void AStringThatIsNoProgramIsRefusedInOneLine(string text)
    {
        Assert.False(RecordedProgram.TryParse(text, out _, out string error));
        Assert.NotEmpty(error);
        Assert.DoesNotContain('\n', error);
    }

    private static FlightReduction Reduce(params RecordedOperation[] operations) => new(
        new RecordedFlight(operations[0].Worker, -1, [.. operations.Select((o, i) => o with { Number = i + 1, AtNs = i - operations.Length })]), policy: null);

    private static RecordedOperation Op(int worker, string name, int? frame = null, int argument = 0) =>
        new() { Worker = worker, Operation = name, Frame = frame, Argument = argument, Outcome = FlightOutcome.Done, Related = true };

    private static RecordedOperation Page(int worker, string name, int mm, long page) =>
        Op(worker, name) with { Place = FlightPlaceKind.Page, Owner = mm, Index = page };
}
