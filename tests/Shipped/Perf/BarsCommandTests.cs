using System.Text.Json;
using MemCore.Perf.Bars;

namespace MemCore.Tests.Perf;

/// <summary>The bars keep their contract; their figures are no matter of a test.</summary>
public sealed class BarsCommandTests
{
    private static readonly string[] s_tiny = ["bars", "--rounds", "9", "--slice-us", "5", "--frames", "32768", "--attempts", "1", "--only", "B1,B2,B3,B4,B5,B6,B8,B9,G1,G2"];
    private static readonly string[] s_bars = ["B1", "B2", "B3", "B4", "B5", "B6", "B8", "B9", "G1", "G2"];
    private static readonly string[] s_texts = ["what", "unit", "machine", "os", "runtime", "commit", "date"];
    private static readonly string[] s_numbers = ["value", "limit", "rounds", "operations_per_slice", "median_ns", "min_ns", "max_ns", "anchor_ns", "cores"];
    private static readonly int[] s_judged = [0, 6, 7];

    [Fact]
    public void JsonLinesHoldTheFieldsOfABarRecordAndNothingIsAllocated()
    {
        StringWriter results = new();
        Assert.Contains(BarsCommand.Run([.. s_tiny, "--json"], results, TextWriter.Null), s_judged);
        List<string> bars = [];
        foreach (string line in results.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument record = JsonDocument.Parse(line);
            JsonElement root = record.RootElement;
            Assert.Equal("memcore.bar/1", root.GetProperty("schema").GetString());
            bars.Add(root.GetProperty("bar").GetString()!);
            foreach (string name in s_texts) { Assert.NotEmpty(root.GetProperty(name).GetString()!); }
            foreach (string name in s_numbers) { Assert.Equal((name, JsonValueKind.Number), (name, root.GetProperty(name).ValueKind)); }
            bool rejected = root.GetProperty("rejected").GetBoolean();
            Assert.Equal(rejected ? JsonValueKind.String : JsonValueKind.Null, root.GetProperty("reason").ValueKind);
            Assert.True(root.GetProperty("pass").ValueKind is JsonValueKind.True or JsonValueKind.False);
            Assert.True(root.TryGetProperty("stretch", out _));
            Assert.True(root.GetProperty("rmw_ns").GetProperty("before").GetDouble() > 0);
            Assert.True(root.GetProperty("rmw_ns").GetProperty("after").GetDouble() > 0);
            Assert.True(root.GetProperty("pingpong_ns").TryGetProperty("after", out _));
            Assert.InRange(root.GetProperty("issue_width").GetProperty("before").GetDouble(), 1, 16);
            Assert.Equal(0, root.GetProperty("allocated_bytes").GetInt64());
            Assert.True(root.GetProperty("checks").GetArrayLength() > 0);
            foreach (JsonProperty part in root.GetProperty("parts").EnumerateObject()) { Assert.True(part.Value.GetDouble() > 0, part.Name); }
        }
        Assert.Equal(s_bars, bars.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheTableNamesEveryBarAndSaysHowManyAreMet()
    {
        StringWriter results = new();
        BarsCommand.Run(s_tiny, results, TextWriter.Null);
        string table = results.ToString().ReplaceLineEndings("\n");
        Assert.Contains("raw RMW", table, StringComparison.Ordinal);
        foreach (string bar in s_bars) { Assert.Contains($"\n{bar} ", table, StringComparison.Ordinal); }
        Assert.Matches(@"\d met, \d exceeded, \d rejected of 10", table);
    }

    [Theory]
    [InlineData("bars", "--fast")]
    [InlineData("bars", "--rounds")]
    [InlineData("bars", "--rounds", "8")]
    [InlineData("bars", "--slice-us", "many")]
    [InlineData("bars", "--only", "B11")]
    [InlineData("bars", "--only", ",")]
    public void WhatIsNotUnderstoodIsAUsageError(params string[] args)
    {
        StringWriter progress = new();
        Assert.Equal(2, BarsCommand.Run(args, TextWriter.Null, progress));
        Assert.Contains("usage:", progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void QuickIsAChoiceOfBars()
    {
        Assert.True(BarsOptions.TryParse(["--quick", "--json"], out BarsOptions options, out _));
        Assert.True(options.Wants("B6"));
        Assert.False(options.Wants("B10"));
        Assert.False(options.Wants(BarsOptions.Peers));
    }
}
