using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using CsCheck;

namespace MemCore.Tests.CsCheckConformance;

/// <summary>Sample counts, fails, shrinks and gives a seed that repeats the case, with either library.</summary>
public sealed partial class SampleTests
{
    [Fact]
    public void EveryIterationIsRun()
    {
        int runs = 0;
        Gen.Int.Sample(_ => { Interlocked.Increment(ref runs); }, iter: 321);
        Assert.Equal(321, runs);
    }

    [Fact]
    public void SeveralThreadsShareTheIterations()
    {
        int runs = 0;
        Gen.Int.Sample(_ => Interlocked.Increment(ref runs) > 0, iter: 200, threads: 4);
        Assert.Equal(200, runs);
    }

    [Fact]
    public void TimeInsteadOfIterationsEnds()
    {
        int runs = 0;
        Gen.Int.Sample(_ => { Interlocked.Increment(ref runs); }, time: 1, threads: 1);
        Assert.True(runs > 1);
    }

    [Fact]
    public void AFalsePredicateFails() => Assert.Throws<CsCheckException>(() => Gen.Int[0, 9].Sample(value => value < 5));

    [Fact]
    public void AnExceptionFailsAndIsReported()
    {
        CsCheckException failure = Assert.Throws<CsCheckException>(
            () => Gen.Int[0, 9].Sample(value => { Check(value); }));
        Assert.Contains("too big", failure.ToString(), StringComparison.Ordinal);

        static void Check(int value)
        {
            if (value >= 5) { throw new InvalidOperationException("too big"); }
        }
    }

    [Fact]
    public void FailuresShrink()
    {
        CsCheckException failure = Assert.Throws<CsCheckException>(
            () => Gen.Int[0, 100].Sample(value => value < 20, iter: 5000, print: value => $"<{value}>"));
        Assert.Contains("<20>", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FailuresShrinkToShortLists()
    {
        CsCheckException failure = Assert.Throws<CsCheckException>(() => Gen.Int[0, 9].Array.Sample(
            values => !values.Contains(7), iter: 20_000, print: values => $"<{string.Join(' ', values)}>"));
        Assert.Contains("<7>", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASeedMakesTheSameCaseFirst()
    {
        var printed = new ConcurrentBag<string>();
        Gen<int[]> gen = Gen.Int.Array;
        string seed = SeedOf(Assert.Throws<CsCheckException>(() => gen.Sample(
            values => values.Sum(v => (long)v) < 100, iter: 200, print: values =>
            {
                string text = string.Join(' ', values);
                printed.Add(text);
                return text;
            })));
        string first = "";
        gen.Sample(
            values =>
            {
                if (first.Length == 0) { first = string.Join(' ', values); }
            },
            seed: seed, iter: 1, threads: 1);
        Assert.Contains(first, printed);
    }

    [Fact]
    public void ASeedFailsAgain()
    {
        CsCheckException failure = Assert.Throws<CsCheckException>(() => Gen.Int.Sample(value => value < 1000, iter: 1000));
        Assert.Throws<CsCheckException>(() => Gen.Int.Sample(value => value < 1000, seed: SeedOf(failure), iter: 1, threads: 1));
    }

    [Fact]
    public void ClassifiedCasesAreCountedInATable()
    {
        var lines = new List<string>();
        Gen.Int[0, 9].Sample(value => value < 3 ? "small" : "large", lines.Add, iter: 200);
        Assert.Contains(lines, line => line.Contains("small", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("large", StringComparison.Ordinal));
    }

    [Fact]
    public void ASuccessfulRunCanSaySo()
    {
        var lines = new List<string>();
        Gen.Int.Sample(_ => true, lines.Add, iter: 10);
        Assert.NotEmpty(lines);
    }

    [Fact]
    public void ValuesArePrintedThroughCollections()
    {
        Assert.Equal("[1, 2]", CsCheck.Check.Print(new[] { 1, 2 }));
        Assert.True(CsCheck.Check.Equal(new[] { 1, 2 }, [1, 2]));
        Assert.False(CsCheck.Check.Equal(new[] { 1, 2 }, [2, 1]));
        Assert.True(CsCheck.Check.ModelEqual(new List<int> { 1, 2 }, new[] { 1, 2 }));
    }

    internal static string SeedOf(CsCheckException failure)
    {
        Match match = SeedPattern().Match(failure.Message);
        Assert.True(match.Success, failure.Message);
        return match.Groups[1].Value;
    }

    [GeneratedRegex("seed: \"([^\"]+)\"")]
    private static partial Regex SeedPattern();
}
