using MemCore.Native;

namespace MemCore.Tests.Native;

public class CpuListTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0-3,8,10-11:2", "0-3,8,10")]
    [InlineData(" 5 , 1-2 ", "1,2,5")]
    [InlineData("0-6:2", "0,2,4,6")]
    [InlineData("0-7:1/4", "0,4")]
    [InlineData("0-9:2/4", "0,1,4,5,8,9")]
    [InlineData("3,3,2-3", "2,3")]
    [InlineData("1023-1025", "1023-1025")]
    public void ListsAreReadSortedAndOnce(string text, string canonical)
    {
        CpuListResult list = CpuList.Parse(text);

        Assert.True(list.IsValid, list.Error);
        Assert.Equal("", list.Error);
        Assert.Equal(canonical, CpuList.Format(list.Numbers));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("  ", "empty")]
    [InlineData(null, "empty")]
    [InlineData("0,,1", "empty item")]
    [InlineData("0,", "empty item")]
    [InlineData("a", "\"a\" is not a number")]
    [InlineData("-1", "is not a number")]
    [InlineData("0-", "\"\" is not a number")]
    [InlineData("3-1", "backwards")]
    [InlineData("0-4000000000", "\"4000000000\" is not a number from 0 to 65535")]
    [InlineData("5:2", "needs a range")]
    [InlineData("0-5:0", "not a step")]
    [InlineData("0-5:3/2", "not a step")]
    [InlineData("0-5:0/2", "not a step")]
    [InlineData("0x3", "is not a number")]
    [InlineData("1-2-3", "\"2-3\" is not a number")]
    public void RefusalsNameWhatIsWrong(string? text, string part)
    {
        CpuListResult list = CpuList.Parse(text);

        Assert.False(list.IsValid);
        Assert.Empty(list.Numbers);
        Assert.Contains(part, list.Error);
        Assert.DoesNotContain('\n', list.Error);
    }

    [Fact]
    public void FormattingThenParsingGivesTheSameNumbers()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 500; round++)
        {
            int[] numbers = [.. Enumerable.Range(0, random.Next(1, 80)).Select(_ => random.Next(200)).Distinct().Order()];
            Assert.Equal(numbers, CpuList.Parse(CpuList.Format(numbers)).Numbers);
        }
    }

    [Fact]
    public void NoNumbersFormatAsNothing() => Assert.Equal("", CpuList.Format([]));

    [Fact]
    public void ADefaultResultIsNotValid() => Assert.False(default(CpuListResult).IsValid);
}
