namespace MemCore.Tests.Repo;

public sealed class SeamTests
{
    private const string Engine = "src/Core/Frames/A.cs";

    [Fact]
    public void SharedWordsAreReachedThroughTheSeam() => RepoFiles.AssertNone(RepoFiles.Below("src/Core").SelectMany(SeamRules.BareWords));

    [Fact]
    public void OperationsHaveNoCleanUp() => RepoFiles.AssertNone(RepoFiles.Below("src/Core").SelectMany(SeamRules.CleanUp));

    [Fact]
    public void ExceptionsToTheRuleStillExist() =>
        Assert.All(SeamRules.SetUpFiles, path => Assert.True(File.Exists(Path.Combine(RepoFiles.Root, path)), path));

    [Fact]
    public void TestsDoNotSleep() => RepoFiles.AssertNone(RepoFiles.Below("tests").SelectMany(SeamRules.Sleeps));

    [Theory]
    [InlineData("Interlocked.Increment(ref n);")]
    [InlineData("Volatile.Read(ref n);")]
    [InlineData("Monitor.Enter(o);")]
    [InlineData("lock (o) { }")]
    [InlineData("[ThreadStatic] static int s_n;")]
    [InlineData("int* p = null;")]
    [InlineData("Unsafe.AsRef(n);")]
    [InlineData("fixed (int* p = a) { }")]
    public void BareAccessIsFound(string text)
    {
        Assert.NotEmpty(SeamRules.BareWords(new(Engine, text)));
        Assert.Empty(SeamRules.BareWords(new("src/Core/Primitives/Atomic.cs", text)));
    }

    [Theory]
    [InlineData("try { } finally { }")]
    [InlineData("using var guard = Enter();")]
    [InlineData("using Guard guard = Enter();")]
    [InlineData("using (Enter()) { }")]
    public void CleanUpIsFound(string text) => Assert.NotEmpty(SeamRules.CleanUp(new(Engine, text)));

    [Fact]
    public void WordsInCommentsAndStringsAndUsingDirectivesAreFine()
    {
        var file = new SourceFile(Engine, "using System.Text;\nusing Pair = System.Int32;\n// lock (o) try Interlocked.Add\n/* int* */ string s = \"fixed (\"; int n = a * b;");
        Assert.Empty(SeamRules.BareWords(file));
        Assert.Empty(SeamRules.CleanUp(file));
    }

    [Fact]
    public void ASleepIsFound() => Assert.Single(SeamRules.Sleeps(new("tests/A.cs", "Thread.Sleep(1); // Thread.Sleep(2)")));
}
