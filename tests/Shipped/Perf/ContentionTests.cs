using System.Text.Json;
using MemCore.Native;
using MemCore.Perf.Contention;

namespace MemCore.Tests.Perf;

/// <summary>The contention mode keeps its contract; its figures are no matter of a test.</summary>
public sealed class ContentionTests
{
    private const string CsvHeader = "tasks,processes,processes_idle,threads,threads_idle,linear";

    [Fact]
    public void EachPathHasARecordForEachNumberOfThreads()
    {
        int threads = Math.Min(CpuTopology.Current.Cpus.Count, 2);
        StringWriter results = new();
        Assert.Equal(0, ContentionCommand.Run(["--quick", "--json", "--threads", $"1..{threads}"], results, TextWriter.Null));
        HashSet<(string, int)> seen = [];
        foreach (string line in results.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument record = JsonDocument.Parse(line);
            JsonElement root = record.RootElement;
            Assert.Equal("memcore.contention/1", root.GetProperty("schema").GetString());
            Assert.True(seen.Add((root.GetProperty("path").GetString()!, root.GetProperty("threads").GetInt32())));
            foreach (string name in new[] { "operationsPerSecond", "clockNs", "ns", "rmwNs", "rmw", "ofLinear", "largestShare" })
            {
                double value = root.GetProperty(name).GetDouble();
                Assert.True(double.IsFinite(value) && value > 0, $"{name} is {value}: {line}");
            }
            Assert.True(root.GetProperty("leastShare").GetDouble() <= root.GetProperty("largestShare").GetDouble());
        }
        Assert.Equal(HotPath.All.Count * threads, seen.Count);
    }

    [Fact]
    public void TheCsvFilesHaveTheLayoutOfWillItScale()
    {
        string directory = Directory.CreateTempSubdirectory("memcore-contention").FullName;
        try
        {
            string[] args = ["--quick", "--threads", "1", "--paths", "refcount-own,refcount-same", "--csv", Path.Combine(directory, "scale.csv")];
            Assert.Equal(0, ContentionCommand.Run(args, TextWriter.Null, TextWriter.Null));
            string[] lines = File.ReadAllLines(Path.Combine(directory, "scale.refcount.csv"));
            Assert.Equal([CsvHeader, "0,0,100,0,100,0"], lines[..2]);
            Assert.StartsWith("1,", Assert.Single(lines[2..]), StringComparison.Ordinal);
            Assert.Equal(6, lines[2].Split(',').Length);
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    [Theory]
    [InlineData("--fast")]
    [InlineData("--threads", "0")]
    [InlineData("--threads", "2..1")]
    [InlineData("--threads", "1..100000")]
    [InlineData("--threads", "1..2..3")]
    [InlineData("--paths", "no-such-path")]
    public void WhatIsNotUnderstoodIsAUsageErrorInOneLine(params string[] args)
    {
        StringWriter progress = new();
        Assert.Equal(2, ContentionCommand.Run(args, TextWriter.Null, progress));
        Assert.Single(progress.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
