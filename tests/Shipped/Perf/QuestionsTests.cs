using System.Text.Json;
using MemCore.Perf.Questions;

namespace MemCore.Tests.Perf;

/// <summary>The questions mode measures every variant that was asked for; its figures are no matter of a test.</summary>
public sealed class QuestionsTests
{
    [Fact]
    public void EachVariantHasACostForEachFree()
    {
        StringWriter results = new();
        Assert.Equal(0, QuestionsCommand.Run(["--quick", "--json"], results, TextWriter.Null));
        HashSet<(string, string)> seen = [];
        foreach (string line in results.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument record = JsonDocument.Parse(line);
            JsonElement root = record.RootElement;
            Assert.Equal("memcore.question/1", root.GetProperty("schema").GetString());
            foreach (string name in new[] { "ns", "minNs", "maxNs", "rmwNs", "rmw" })
            {
                double value = root.GetProperty(name).GetDouble();
                Assert.True(double.IsFinite(value) && value > 0, $"{name} is {value}: {line}");
            }
            Assert.True(double.IsFinite(root.GetProperty("overBaseNs").GetDouble()));
            Assert.True(seen.Add((root.GetProperty("id").GetString()!, root.GetProperty("what").GetString()!)));
        }
        foreach (string id in new[] { "000-V0", "000-V2", "000-V7", "000-V9", "000-V12" }) { Assert.Equal(5, seen.Count(s => s.Item1 == id)); }
    }

    [Fact]
    public void WhatIsNotUnderstoodIsAUsageErrorInOneLine()
    {
        StringWriter progress = new();
        Assert.Equal(2, QuestionsCommand.Run(["--fast"], TextWriter.Null, progress));
        Assert.Single(progress.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
