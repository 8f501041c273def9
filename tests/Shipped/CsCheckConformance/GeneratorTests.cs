using CsCheck;

namespace MemCore.Tests.CsCheckConformance;

/// <summary>Only what both property libraries have: these tests run against whichever one is built in.</summary>
public sealed class GeneratorTests
{
    private enum Colour { Red, Green, Blue }

    [Fact]
    public void RangesIncludeBothEndsAndNothingElse()
    {
        Gen.Byte[3, 5].Array[200].Sample(values => Ends(values, (byte)3, (byte)5), iter: 20);
        Gen.Int[-2, 2].Array[400].Sample(values => Ends(values, -2, 2), iter: 20);
        Gen.UInt[7, 8].Array[200].Sample(values => Ends(values, 7U, 8U), iter: 20);
        Gen.Long[-1, 1].Array[200].Sample(values => Ends(values, -1L, 1L), iter: 20);
        Gen.ULong[ulong.MaxValue - 1, ulong.MaxValue].Array[200].Sample(values => Ends(values, ulong.MaxValue - 1, ulong.MaxValue), iter: 20);
        Gen.Char['a', 'c'].Array[200].Sample(values => Ends(values, 'a', 'c'), iter: 20);
        Gen.Double[-1.0, 1.0].Sample(value => value is >= -1.0 and <= 1.0);

        static bool Ends<T>(T[] values, T low, T high) where T : IComparable<T> =>
            values.Min()!.CompareTo(low) == 0 && values.Max()!.CompareTo(high) == 0;
    }

    [Fact]
    public void WholeWordsReachEverySign()
    {
        Gen.Int.Array[300].Sample(values => values.Any(v => v < 0) && values.Any(v => v > 0), iter: 10);
        Gen.Long.Array[300].Sample(values => values.Any(v => v < 0) && values.Any(v => v > 0), iter: 10);
        Gen.Bool.Array[100].Sample(values => values.Contains(true) && values.Contains(false), iter: 10);
        Gen.Int.Positive.Sample(value => value > 0);
        Gen.Int.NonNegative.Sample(value => value >= 0);
    }

    [Fact]
    public void LengthsAreThoseAskedFor()
    {
        Gen.Int.Array[5].Sample(values => values.Length == 5);
        Gen.Int.List[2, 4].Sample(values => values.Count is >= 2 and <= 4);
        Gen.Int.Array[Gen.Const(3)].Sample(values => values.Length == 3);
        Gen.Int.Array.Nonempty.Sample(values => values.Length > 0);
        Gen.String[1, 3].Sample(text => text.Length is >= 1 and <= 3);
        Gen.String[Gen.Char["xy"], 2, 2].Sample(text => text.Length == 2 && text.All(c => c is 'x' or 'y'));
    }

    [Fact]
    public void UniqueArraysHaveNoEqualElements() =>
        Gen.Int[0, 20].ArrayUnique[10].Sample(values => values.Distinct().Count() == 10);

    [Fact]
    public void ChoicesComeFromTheirLists()
    {
        Gen.OneOfConst(1, 2, 3).Array[200].Sample(values => values.Distinct().Order().SequenceEqual([1, 2, 3]), iter: 10);
        Gen.OneOf(Gen.Const(1), Gen.Int[5, 6]).Array[200].Sample(values => values.Distinct().Order().SequenceEqual([1, 5, 6]), iter: 10);
        Gen.Enum<Colour>().Array[200].Sample(values => values.Distinct().Count() == 3, iter: 10);
        Gen.FrequencyConst((1, 'a'), (0, 'b')).Sample(value => value == 'a');
        Gen.Frequency((0, (IGen<int>)Gen.Const(1)), (3, Gen.Const(2))).Sample(value => value == 2);
    }

    [Fact]
    public void FrequenciesWeigh() =>
        Gen.FrequencyConst((9, true), (1, false)).Array[1000].Sample(values => values.Count(v => v) is > 800 and < 980, iter: 10);

    [Fact]
    public void SelectCombinesUpToEight()
    {
        Gen<int> one = Gen.Const(1);
        Gen.Select(one, one).Sample((a, b) => a + b == 2);
        Gen.Select(one, one, one, (a, b, c) => a + b + c).Sample(sum => sum == 3);
        Gen.Select(one, one, one, one).Sample((a, b, c, d) => a + b + c + d == 4);
        Gen.Select(one, one, one, one, one).Sample(t => t.Item1 + t.Item5 == 2);
        Gen.Select(one, one, one, one, one, one, (a, b, c, d, e, f) => a + b + c + d + e + f).Sample(sum => sum == 6);
        Gen.Select(one, one, one, one, one, one, one).Sample((a, b, c, d, e, f, g) => a + b + c + d + e + f + g == 7);
        Gen.Select(one, one, one, one, one, one, one, one).Sample((a, b, c, d, e, f, g, h) => a + b + c + d + e + f + g + h == 8);
        Gen.Select(one, one).Select((a, b) => a - b).Sample(difference => difference == 0);
    }

    [Fact]
    public void QueriesChain()
    {
        Gen<(int Length, int Index)> pairs =
            from length in Gen.Int[1, 10]
            from index in Gen.Int[0, length - 1]
            where index % 2 == 0
            select (length, index);
        pairs.Sample((length, index) => index < length && index % 2 == 0);
        Gen.Int[1, 5].SelectMany(n => Gen.Int.Array[n]).Sample(values => values.Length is >= 1 and <= 5);
    }

    [Fact]
    public void AWhereThatNothingPassesIsAnError() =>
        Assert.Throws<CsCheckException>(() => Gen.Int.Where(_ => false).Sample(_ => { }, iter: 2, threads: 1));

    [Fact]
    public void ShufflesKeepTheElements()
    {
        Gen.Shuffle(new[] { 1, 2, 3, 4 }).Sample(values => values.Order().SequenceEqual([1, 2, 3, 4]));
        Gen.Shuffle(new[] { 1, 2, 3, 4 }, 2).Sample(values => values.Length == 2 && values[0] != values[1]);
    }

    [Fact]
    public void ClonesAreEqualButNotTheSame() =>
        Gen.Int.Array[3].Clone().Sample((a, b) => a.SequenceEqual(b) && !ReferenceEquals(a, b));

    [Fact]
    public void ConstFactoriesMakeANewObjectForEveryCase()
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Gen.Const(() => new object()).Sample(seen.Add, iter: 50, threads: 1);
        Assert.Equal(50, seen.Count);
    }

    [Fact]
    public void RecursionEnds() =>
        Gen.Recursive<int>((depth, deeper) => depth == 3 ? Gen.Const(0) : deeper.Select(n => n + 1)).Sample(n => n == 3);
}
