using BenchmarkDotNet.Attributes;
using MemCore.Perf;

namespace MemCore.Tests.Perf;

/// <summary>The allocation gate lets pass what allocates nothing, and nothing else. It counts for the whole process, so nothing runs beside it.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class GateTests
{
    private const string Name = "Allocation gate";
    private const int Passed = 0;
    private const int UsageError = 2;
    private const int LimitExceeded = 7;

    [Fact]
    public void ABenchmarkOfTheEngineAllocatesNothing()
    {
        (int code, string results) = Run([typeof(FolioRefBenchmarks)], "--quick");
        Assert.True(code == Passed, results);
        Assert.Contains("| FolioRefBenchmarks.GetPut | 0 | 0 |", results, StringComparison.Ordinal);
    }

    [Fact]
    public void ABenchmarkThatAllocatesFailsTheGate()
    {
        (int code, string results) = Run([typeof(Allocating)], "--quick");
        Assert.Equal(LimitExceeded, code);
        Assert.Contains("1 benchmarks, 1 of them allocate", results, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingToRunIsNoPass() => Assert.Equal(LimitExceeded, Run([], "--quick").Code);

    [Theory]
    [InlineData("--fast")]
    [InlineData("--only")]
    [InlineData("--only", "NoSuchBenchmarks")]
    public void WhatIsNotUnderstoodIsAUsageErrorInOneLine(params string[] args)
    {
        StringWriter progress = new();
        Assert.Equal(UsageError, GateCommand.Run(args, [typeof(FolioRefBenchmarks)], TextWriter.Null, progress));
        Assert.Single(progress.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static (int Code, string Results) Run(IReadOnlyList<Type> classes, params string[] args)
    {
        StringWriter results = new();
        return (GateCommand.Run(args, classes, results, TextWriter.Null), results.ToString());
    }

    /// <summary>Allocates an array each time.</summary>
    [MemoryDiagnoser]
    public class Allocating
    {
        [Benchmark]
        public int[] Array() => new int[8];
    }
}
