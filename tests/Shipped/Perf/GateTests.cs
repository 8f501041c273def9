using BenchmarkDotNet.Attributes;
using MemCore.Perf;

namespace MemCore.Tests.Perf;

/// <summary>The allocation gate lets pass what allocates nothing, and nothing else.</summary>
public sealed class GateTests
{
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

    // Far less than the 8 KiB that a thread takes from the heap at a time.
    [Fact]
    public void OneSmallObjectInAllFailsTheGate()
    {
        (int code, string results) = Run([typeof(SeldomAllocating)], "--quick");
        Assert.Equal(LimitExceeded, code);
        Assert.Contains("| SeldomAllocating.Object | 0 | 24 | 1024 |", results, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatOtherThreadsAllocateIsNotCounted()
    {
        using CancellationTokenSource done = new();
        Thread neighbour = new(() =>
        {
            while (!done.IsCancellationRequested) { GC.KeepAlive(new byte[1 << 12]); }
        });
        neighbour.Start();
        (int code, string results) = Run([typeof(FolioRefBenchmarks)], "--quick");
        done.Cancel();
        neighbour.Join();
        Assert.True(code == Passed, results);
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

    /// <summary>Allocates an object in one call of <see cref="Period"/>.</summary>
    [MemoryDiagnoser]
    public class SeldomAllocating
    {
        private const int Period = 1024;
        private int _calls;

        [Benchmark]
        public object? Object() => ++_calls % Period == 0 ? new object() : null;
    }
}
