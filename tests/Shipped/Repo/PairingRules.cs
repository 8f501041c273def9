using System.Text.RegularExpressions;

namespace MemCore.Tests.Repo;

/// <summary>Where a read relies on a write elsewhere both ends say so: "Pairs with Type.Member".</summary>
internal static partial class PairingRules
{
    public static IEnumerable<Finding> Check(IReadOnlyList<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            var own = TypeNames.DeclaredIn(file).ToHashSet();
            foreach ((string type, string member, int line) in PairsIn(file))
            {
                var targets = files.Where(target => TypeNames.DeclaredIn(target).Contains(type)).ToList();
                if (!targets.Any(target => Declares(target, member)))
                {
                    yield return new Finding(file.Path, line, $"pairs with {type}.{member}, which does not exist");
                    continue;
                }
                // Within one file the comment itself names the type: the other end is a second one.
                int back = targets.Sum(target => PairsIn(target).Count(pair => own.Contains(pair.Type)));
                if (back < (targets.Contains(file) ? 2 : 1))
                {
                    yield return new Finding(file.Path, line, $"pairs with {type}.{member}, where no comment pairs back");
                }
            }
        }
    }

    private static IEnumerable<(string Type, string Member, int Line)> PairsIn(SourceFile file)
    {
        foreach (Match list in PairList().Matches(file.Split.Comments))
        {
            foreach (Match pair in Pair().Matches(list.Value))
            {
                yield return (pair.Groups[1].Value, pair.Groups[2].Value, CodeText.LineAt(file.Text, list.Index));
            }
        }
    }

    private static bool Declares(SourceFile file, string member) =>
        Regex.IsMatch(file.Split.Code, $@"(?:[\w>\]?)]\s+|^\s*){Regex.Escape(member)}\s*(?:[(<={{;,]|=>|$)", RegexOptions.Multiline);

    // One or more names, over line ends of a comment too: "Pairs with A.B and C.D".
    [GeneratedRegex("""[Pp]airs\s+(?:///?\s*)?with\s+(?:///?\s*)?(?:<see\s+cref=")?[A-Z]\w*\.\w+(?:"\s*/>)?(?:(?:\s+and|,)\s+(?:///?\s*)?(?:<see\s+cref=")?[A-Z]\w*\.\w+(?:"\s*/>)?)*""")]
    private static partial Regex PairList();

    [GeneratedRegex(@"([A-Z]\w*)\.(\w+)")]
    private static partial Regex Pair();
}
