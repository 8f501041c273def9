using System.Text.Json;
using MemCore.Perf.Quick;

namespace MemCore.Tests.Perf;

/// <summary>The quick mode keeps its contract; its figures are no matter of a test.</summary>
public sealed class QuickRunTests
{
    private static readonly string[] s_tiny = ["--quick", "--rounds", "9", "--slice-us", "5", "--frames", "32768", "--attempts", "1"];

    [Fact]
    public void JsonLinesHoldTheFieldsOfABarRecord()
    {
        StringWriter results = new();
        Assert.Equal(0, QuickCommand.Run([.. s_tiny, "--json"], results, TextWriter.Null));
        string[] lines = results.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        HashSet<string> bars = [];
        foreach (string line in lines)
        {
            using JsonDocument record = JsonDocument.Parse(line);
            JsonElement root = record.RootElement;
            Assert.Equal("memcore.bar/1", root.GetProperty("schema").GetString());
            bars.Add(root.GetProperty("bar").GetString()!);
            Assert.NotEmpty(root.GetProperty("what").GetString()!);
            Assert.True(root.GetProperty("limit").GetDouble() > 0);
            Assert.True(root.TryGetProperty("stretch", out _));
            Assert.True(root.GetProperty("pass").ValueKind is JsonValueKind.True or JsonValueKind.False);
            Assert.True(root.GetProperty("rejected").ValueKind is JsonValueKind.True or JsonValueKind.False);
            Assert.Equal(0, root.GetProperty("allocatedBytes").GetInt64());
            foreach (JsonProperty part in root.GetProperty("parts").EnumerateObject()) { Assert.True(part.Value.GetDouble() > 0, part.Name); }
        }
        Assert.Equal(["B1", "B2", "B3", "B5", "B6", "B8"], bars.Order());
    }

    [Fact]
    public void TableNamesEveryBarAndItsLimit()
    {
        StringWriter results = new();
        Assert.Equal(0, QuickCommand.Run(s_tiny, results, TextWriter.Null));
        string table = results.ToString();
        Assert.Contains("raw RMW", table, StringComparison.Ordinal);
        foreach (string bar in new[] { "B1", "B2", "B3", "B5", "B6", "B8" }) { Assert.Contains($"\n{bar} ", table.ReplaceLineEndings("\n"), StringComparison.Ordinal); }
    }

    [Theory]
    [InlineData(1.0, 2.0, false, true)]
    [InlineData(2.1, 2.0, false, false)]
    [InlineData(0.96, 0.95, true, true)]
    [InlineData(0.94, 0.95, true, false)]
    public void ABarIsMetUpToItsLimit(double value, double limit, bool atLeast, bool met)
    {
        Bar bar = new("B0", "nothing", "ratio", value, limit, Stretch: null, atLeast, Rejected: false, Parts: []);
        Assert.Equal(met, bar.Pass);
        Assert.Equal(met ? "met" : "EXCEEDED", bar.Verdict);
        Assert.Equal("rejected", (bar with { Rejected = true }).Verdict);
    }

    [Theory]
    [InlineData("--quick", "--fast")]
    [InlineData("--quick", "--rounds")]
    [InlineData("--quick", "--rounds", "8")]
    [InlineData("--quick", "--slice-us", "many")]
    public void WhatIsNotUnderstoodIsAUsageError(params string[] args)
    {
        StringWriter progress = new();
        Assert.Equal(2, QuickCommand.Run(args, TextWriter.Null, progress));
        Assert.Contains("usage:", progress.ToString(), StringComparison.Ordinal);
    }
}
