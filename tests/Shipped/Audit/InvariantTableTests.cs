using System.Reflection;
using System.Text.RegularExpressions;
using MemCore.Audit;
using MemCore.Tests.Repo;

namespace MemCore.Tests.Audit;

/// <summary>INVARIANTS.md says where each invariant is checked; it stays true.</summary>
public sealed partial class InvariantTableTests
{
    private static readonly string[] s_identifiers =
        [.. typeof(Invariant).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)];

    private static readonly (string Id, string Where)[] s_rows =
        [.. Row().Matches(File.ReadAllText(Path.Combine(RepoFiles.Root, "src", "Core", "Audit", "INVARIANTS.md"))).Select(row => (row.Groups[1].Value, row.Groups[2].Value))];

    [Fact]
    public void EveryInvariantThatAnAuditNamesIsListedAsAudited()
    {
        string[] missing = [.. s_identifiers.Where(id => !s_rows.Any(row => row.Id == id && IsAudited(row.Where)))];
        Assert.True(missing.Length == 0, $"not in INVARIANTS.md as audited: {string.Join(", ", missing)}");
    }

    [Fact]
    public void EveryInvariantListedAsAuditedHasAName()
    {
        string[] unknown = [.. s_rows.Where(row => IsAudited(row.Where) && !s_identifiers.Contains(row.Id)).Select(row => row.Id)];
        Assert.True(unknown.Length == 0, $"INVARIANTS.md says that an audit checks them: {string.Join(", ", unknown)}");
    }

    [Fact]
    public void EachInvariantHasOneRow()
    {
        Assert.True(s_rows.Length > 100);
        Assert.Equal(s_rows.Length, s_rows.Select(row => row.Id).Distinct().Count());
        Assert.Equal(s_identifiers.Length, s_identifiers.Distinct().Count());
        for (int i = 1; i <= 40; i++) { Assert.Contains(s_rows, row => row.Id == $"I-{i}"); }
        for (int i = 1; i <= 42; i++) { Assert.Contains(s_rows, row => row.Id == $"B-{i}"); }
    }

    private static bool IsAudited(string where) => where.Contains("audit", StringComparison.Ordinal) || where.Contains("Sample", StringComparison.Ordinal);

    [GeneratedRegex(@"^\| ([ILABM]-\d+) \|.*\| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
