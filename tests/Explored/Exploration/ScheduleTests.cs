using MemCore.Lab.Exploration;

namespace MemCore.Tests.Exploration;

public class ScheduleTests
{
    [Fact]
    public void ScheduleReadsBackAsItWasWritten()
    {
        Schedule schedule = new("folio-lock", "exclusive", null, [0, 0, 0, 1, 2, 2, Schedule.Choice(1), 0]);
        Assert.Equal("v2:folio-lock/exclusive:a3bc2=1a", schedule.ToString());
        Assert.True(Schedule.TryParse(schedule.ToString(), out Schedule back, out _));
        Assert.Equal(schedule.Decisions, back.Decisions);
        Assert.Equal(("folio-lock", "exclusive"), (back.Scenario, back.Variant));
    }

    [Fact]
    public void SettingsAreWrittenAndReadBack()
    {
        Schedule schedule = new("migrate", "fault", "CopyLeftOut", [0, 1])
        {
            Checks = false,
            Actors = 4,
            Memory = MemoryModel.Tso,
            Races = true,
            Without = [new Omission(1, 2), new Omission(2, 0)],
            Trace = "12ab9f",
        };
        Assert.Equal("v2:migrate/fault,checks=off,actors=4,tso,races,without=b2.c0!CopyLeftOut~12ab9f:ab", schedule.ToString());
        Assert.True(Schedule.TryParse(schedule.ToString(), out Schedule back, out string error), error);
        Assert.Equal(schedule.ToString(), back.ToString());
    }

    [Fact]
    public void StringsOfVersionOneAreStillRead()
    {
        Assert.True(Schedule.TryParse("v1:folio-lock/exclusive:a3b1c2=1a1", out Schedule schedule, out string error), error);
        Assert.Equal([0, 0, 0, 1, 2, 2, Schedule.Choice(1), 0], schedule.Decisions);
        Assert.Null(schedule.Trace);
    }

    [Fact]
    public void FiftyStepsFitInTwoHundredCharacters()
    {
        short[] worst = [.. Enumerable.Range(0, 50).Select(i => (short)(i % 3))];
        Schedule schedule = new("freed-under-migration", "check-exempts-isolated-pages", null, worst) { Checks = false, Without = [new Omission(1, 2)], Trace = "12ab9f" };
        Assert.True(schedule.ToString().Length < 200, schedule.ToString());
    }

    [Theory]
    [InlineData("v2:word-types/freeze,checks=maybe:a", "no setting")]
    [InlineData("v2:word-types/freeze,without=2b:a", "no setting")]
    [InlineData("a3b1", "three parts")]
    [InlineData("v0:word-types/freeze:a1", "version 'v0'")]
    [InlineData("v1:word-types:a1", "SCENARIO/VARIANT")]
    [InlineData("v1:word-types/freeze:a", "number is missing")]
    [InlineData("v1:word-types/freeze:?3", "neither an actor nor a choice")]
    [InlineData("v1:word-types/freeze:a0", "neither an actor nor a choice")]
    [InlineData("v1:word-types/freeze:a99999999999", "too large")]
    public void MalformedScheduleIsOneClearLine(string text, string expected)
    {
        Assert.False(Schedule.TryParse(text, out _, out string error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }
}
