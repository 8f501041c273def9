using System.Text;
using System.Text.RegularExpressions;

namespace MemCore.Tests.Repo;

/// <summary>MEMORY-ORDER.md lists every pairing comment of the engine: the sources are what is true, the table is generated from them.</summary>
public partial class MemoryOrderTests
{
    private const string Document = "src/Core/MEMORY-ORDER.md";
    private const string Begin = "<!-- pairs: begin -->";
    private const string End = "<!-- pairs: end -->";

    [Fact]
    public void TableListsEveryPairOfTheSources()
    {
        string text = File.ReadAllText(Path.Combine(RepoFiles.Root, Document)).ReplaceLineEndings("\n");
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        string written = text[begin..text.IndexOf(End, StringComparison.Ordinal)].Trim();
        string expected = Table().Trim();
        if (written == expected) { return; }
        if (Environment.GetEnvironmentVariable("MEMCORE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Path.Combine(RepoFiles.Root, Document), $"{text[..begin]}\n{expected}\n{text[text.IndexOf(End, StringComparison.Ordinal)..]}");
        }
        Assert.Fail($"{Document} is not current: run this test once with MEMCORE_WRITE_DOCS=1. Expected:\n{expected}");
    }

    [Fact]
    public void PairsAreThere() => Assert.True(Table().Count(c => c == '\n') > 15);

    private static string Table()
    {
        StringBuilder table = new("| in | pairs with | what it means |\n|---|---|---|\n");
        string root = Path.Combine(RepoFiles.Root, "src", "Core");
        foreach (string path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(root, path).Replace('\\', '/');
            if (name.StartsWith("obj/", StringComparison.Ordinal) || name.StartsWith("bin/", StringComparison.Ordinal)) { continue; }
            string text = Joined().Replace(File.ReadAllText(path).ReplaceLineEndings("\n"), " ");
            foreach (Match pair in Pair().Matches(text))
            {
                string meaning = pair.Groups[2].Value.Trim().Replace("|", "\\|", StringComparison.Ordinal);
                table.Append($"| {name} | {pair.Groups[1].Value} | {meaning} |\n");
            }
        }
        return table.ToString();
    }

    // A comment that goes on in the next line is one text.
    [GeneratedRegex(@"\n\s*/{2,3}(?!/)(?!\s*<)[ \t]*")]
    private static partial Regex Joined();

    [GeneratedRegex(@"Pairs with ([A-Z]\w*\.\w+(?:(?: and |, )[A-Z]\w*\.\w+)*)[.:]?([^\n<]*)")]
    private static partial Regex Pair();
}
