namespace MemCore.Tests.Repo;

public sealed class LayeringTests
{
    [Fact]
    public void LayersPointDown() => RepoFiles.AssertNone(LayeringRules.Check(RepoFiles.Below("src")));

    [Theory]
    [InlineData("src/Core/Frames/A.cs", "using MemCore.Allocation;\nnamespace MemCore.Frames;\nclass A;", "'Frames' points up to 'Allocation'")]
    [InlineData("src/Core/Frames/A.cs", "namespace MemCore.Frames;\nclass A { Waiting.Table _table; }", "'Frames' points up to 'Waiting'")]
    [InlineData("src/Native/A.cs", "namespace MemCore.Native;\nclass A : MemCore.Primitives.B;", "'Native' points up to 'Primitives'")]
    [InlineData("src/Core/Audit/A.cs", "using MemCore.Lab;\nnamespace MemCore.Audit;\nclass A;", "'Audit' points up to 'Lab'")]
    [InlineData("src/Core/Frames/A.cs", "namespace MemCore.Waiting;\nclass A;", "namespace 'MemCore.Waiting'")]
    [InlineData("src/Core/Unheard/A.cs", "namespace MemCore.Unheard;\nclass A;", "folder 'Unheard' has no layer")]
    [InlineData("src/Lab/A.cs", "using MemCore.Unheard;\nnamespace MemCore.Lab;\nclass A;", "'MemCore.Unheard' has no layer")]
    public void AnUpwardArrowIsFound(string path, string text, string what) =>
        RepoFiles.AssertFires(LayeringRules.Check([new(path, text), new("src/Core/Waiting/Table.cs", "namespace MemCore.Waiting;\nclass Table;")]), what);

    [Fact]
    public void CommentsStringsAndPropertiesAreNotArrows() => RepoFiles.AssertNone(LayeringRules.Check(
    [
        new("src/Core/Frames/A.cs", "namespace MemCore.Frames;\n// MemCore.Lab\nclass A { string S = \"MemCore.Cli\"; int N => Waiting.Count; }"),
        new("src/Core/Waiting/Table.cs", "using MemCore.Frames;\nnamespace MemCore.Waiting;\nclass Table;"),
    ]));
}
