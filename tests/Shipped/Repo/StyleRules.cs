using System.Text.RegularExpressions;

namespace MemCore.Tests.Repo;

/// <summary>Small habits that a compiler does not check.</summary>
internal static partial class StyleRules
{
    private const int LinesMax = 400;

    public static IEnumerable<Finding> Sources(SourceFile file)
    {
        int lines = file.Text.AsSpan().TrimEnd('\n').Count('\n') + 1;
        if (lines > LinesMax) { yield return new Finding(file.Path, lines, $"{lines} lines: a file holds one idea, {LinesMax} at most"); }
        foreach (Finding finding in Everywhere(file)
            .Concat(InText(file, Unfinished(), "unfinished work"))
            .Concat(InText(file, MachinePaths(), "a path of one machine")))
        {
            yield return finding;
        }
    }

    /// <summary>What holds in tests too.</summary>
    public static IEnumerable<Finding> Everywhere(SourceFile file) =>
        CodeText.Find(file, BlockNamespaces(), "a namespace with braces")
            .Concat(InText(file with { Text = file.Split.Code }, Tabs(), "a tab")) // One inside a string is content.
            .Concat(InText(file with { Text = file.Split.Comments }, Tabs(), "a tab"))
            .Concat(Suppressions(file));

    private static IEnumerable<Finding> Suppressions(SourceFile file)
    {
        string[] lines = file.Text.Split('\n'), code = file.Split.Code.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            bool pragma = PragmaDisable().IsMatch(code[i]) && !lines[i].Contains("//", StringComparison.Ordinal);
            bool attribute = SuppressAttribute().IsMatch(code[i]) && !Reason().IsMatch(lines[i]);
            if (pragma || attribute) { yield return new Finding(file.Path, i + 1, "a suppressed rule without its reason on the line"); }
        }
    }

    private static IEnumerable<Finding> InText(SourceFile file, Regex pattern, string what) =>
        pattern.Matches(file.Text).Select(match => new Finding(file.Path, CodeText.LineAt(file.Text, match.Index), what));

    [GeneratedRegex(@"\b(?:TODO|FIXME|HACK)\b|\bNotImplementedException\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"(?<![\w/])/(?:work|tmp|home|Users)/")]
    private static partial Regex MachinePaths();

    [GeneratedRegex(@"\bnamespace\s+[\w.]+\s*\{")]
    private static partial Regex BlockNamespaces();

    [GeneratedRegex(@"\t")]
    private static partial Regex Tabs();

    [GeneratedRegex(@"#pragma\s+warning\s+disable")]
    private static partial Regex PragmaDisable();

    [GeneratedRegex(@"\bSuppressMessage(?:Attribute)?\s*\(")]
    private static partial Regex SuppressAttribute();

    [GeneratedRegex(@"Justification\s*=\s*""[^""]+""|//\s*\w")]
    private static partial Regex Reason();
}
