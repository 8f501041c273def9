using MemCore.Lab.Exploration;

namespace MemCore.Tests.Exploration;

public class ScheduleTests
{
    [Fact]
    public void ScheduleReadsBackAsItWasWritten()
    {
        Schedule schedule = new("folio-lock", "exclusive", null, [0, 0, 0, 1, 2, 2, Schedule.Choice(1), 0]);
        Assert.Equal("v1:folio-lock/exclusive:a3b1c2=1a1", schedule.ToString());
        Assert.True(Schedule.TryParse(schedule.ToString(), out Schedule back, out _));
        Assert.Equal(schedule.Decisions, back.Decisions);
        Assert.Equal(("folio-lock", "exclusive"), (back.Scenario, back.Variant));
    }

    [Theory]
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
