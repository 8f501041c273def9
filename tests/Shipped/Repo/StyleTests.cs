namespace MemCore.Tests.Repo;

public sealed class StyleTests
{
    [Fact]
    public void SourcesKeepTheHabits() => RepoFiles.AssertNone(RepoFiles.Below("src").Concat(RepoFiles.Below("perf")).SelectMany(StyleRules.Sources));

    [Fact]
    public void TestsKeepThemToo() => RepoFiles.AssertNone(RepoFiles.Below("tests").SelectMany(StyleRules.Everywhere));

    [Theory]
    [InlineData("// TODO: later", "unfinished work")]
    [InlineData("throw new NotImplementedException();", "unfinished work")]
    [InlineData("namespace MemCore.Frames\n{\n}", "a namespace with braces")]
    [InlineData("int\tn;", "a tab")]
    [InlineData("string s = \"/tmp/x\";", "a path of one machine")]
    [InlineData("#pragma warning disable CA1031", "without its reason")]
    [InlineData("[SuppressMessage(\"a\", \"b\")]", "without its reason")]
    public void AHabitBrokenIsFound(string text, string what) => RepoFiles.AssertFires(StyleRules.Sources(new("src/A.cs", text)), what);

    [Fact]
    public void ALongFileIsFound() =>
        RepoFiles.AssertFires(StyleRules.Sources(new("src/A.cs", string.Concat(Enumerable.Repeat("int n;\n", 401)))), "401 lines");

    [Fact]
    public void AReasonOnTheLineIsEnough() => Assert.Empty(StyleRules.Sources(new(
        "src/A.cs",
        "#pragma warning disable CA1031 // Whatever it throws is the verdict.\n[SuppressMessage(\"a\", \"b\", Justification = \"a kernel word\")]\nstring s = \"/proc/x\tname\";")));
}
