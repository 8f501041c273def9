using CsCheck;
using MemCore.Primitives;

namespace MemCore.Tests.Primitives;

public sealed class StateHashTests
{
    private static Gen<(int Location, uint Value)[]> Words { get; } = Gen.Select(Gen.Int[0, 50], Gen.UInt).Array[0, 30];

    [Fact]
    public void TheOrderOfAddsDoesNotMatterAndRemoveUndoesThem() => Words.Sample(words =>
    {
        StateHash forward = default;
        StateHash backward = default;
        foreach ((int location, uint value) in words) { forward.Add(location, value); }
        foreach ((int location, uint value) in words.Reverse()) { backward.Add(location, value); }
        bool same = forward.Equals(backward);
        foreach ((int location, uint value) in words) { forward.Remove(location, value); }
        return same && forward.Equals(default);
    });

    [Fact]
    public void AZeroWordContributesNothing()
    {
        StateHash hash = default;
        hash.Add(17, 0);
        Assert.Equal(default, hash);
    }

    [Fact]
    public void SmallStatesDoNotCollide()
    {
        HashSet<StateHash> seen = [];
        for (int location = 0; location < 200; location++)
        {
            for (uint value = 1; value <= 200; value++)
            {
                StateHash hash = default;
                hash.Add(location, value);
                Assert.True(seen.Add(hash), $"{location}={value}");
            }
        }
    }

    [Fact]
    public void ASwapOfTwoValuesIsAnotherState()
    {
        StateHash one = default;
        one.Add(1, 5);
        one.Add(2, 6);
        StateHash other = default;
        other.Add(1, 6);
        other.Add(2, 5);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void AChainRemembersItsOrder()
    {
        StateHash one = default;
        one.Chain(1);
        one.Chain(2);
        StateHash other = default;
        other.Chain(2);
        other.Chain(1);
        Assert.NotEqual(one, other);
        Assert.Equal(32, one.ToString().Length);
    }
}
