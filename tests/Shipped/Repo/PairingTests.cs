namespace MemCore.Tests.Repo;

public sealed class PairingTests
{
    private static readonly SourceFile s_paired = new("src/Core/A.cs", "class A { // Pairs with B.Park: a waiter is seen.\n void Wake() { } }");

    [Fact]
    public void PairingCommentsMatch() => RepoFiles.AssertNone(PairingRules.Check(RepoFiles.Below("src")));

    [Fact]
    public void BothEndsThatNameEachOtherAreFine() => Assert.Empty(PairingRules.Check(
        [s_paired, new("src/Core/B.cs", "class B { // Pairs\n // with A.Wake: the flag is seen.\n bool Park() => true; }")]));

    [Fact]
    public void APairInOneTypeNeedsBothComments()
    {
        const string One = "class A { // Pairs with A.Set.\n void Get() { }\n void Set() { } }";
        RepoFiles.AssertFires(PairingRules.Check([new("A.cs", One)]), "no comment pairs back");
        Assert.Empty(PairingRules.Check([new("A.cs", One.Replace("void Set", "// Pairs with <see cref=\"A.Get\"/>.\n void Set", StringComparison.Ordinal))]));
    }

    [Fact]
    public void AMemberThatIsGoneIsFound() =>
        RepoFiles.AssertFires(PairingRules.Check([s_paired, new("B.cs", "class B { // Pairs with A.Wake.\n void Sleep() { Park(); } }")]), "does not exist");

    [Fact]
    public void AOneSidedPairIsFound() =>
        RepoFiles.AssertFires(PairingRules.Check([s_paired, new("B.cs", "class B { void Park() { } }")]), "no comment pairs back");

    [Fact]
    public void TheSecondNameOfAListCounts() => RepoFiles.AssertFires(
        PairingRules.Check([new("A.cs", "class A { // Pairs with A.Get and Gone.Member.\n // Pairs with A.Get.\n void Get() { } }")]), "Gone.Member");
}
