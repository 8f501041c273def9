using System.Text.RegularExpressions;

namespace MemCore.Tests.Repo;

/// <summary>Folders are layers and namespaces; names are used downwards only.</summary>
internal static partial class LayeringRules
{
    /// <summary>From the bottom up; the folders of one row may know each other.</summary>
    private static readonly string[][] s_layers =
    [
        ["Native"], ["Primitives"], ["Frames"], ["Waiting"], ["Allocation"], ["Huge"], ["Lru"], ["Mapping"], ["Migration"], ["Reclaim"],
        ["Audit", "Engine"], ["Lab"], ["Cli"],
    ];

    public static IEnumerable<Finding> Check(IReadOnlyList<SourceFile> files)
    {
        var typesByFolder = files
            .Where(file => FolderOf(file.Path) is not null)
            .GroupBy(file => FolderOf(file.Path)!)
            .ToDictionary(g => g.Key, g => g.SelectMany(file => TypeNames.DeclaredIn(file)).ToHashSet());
        return files.SelectMany(file => Check(file, typesByFolder));
    }

    private static IEnumerable<Finding> Check(SourceFile file, Dictionary<string, HashSet<string>> typesByFolder)
    {
        Match declared = NamespaceName().Match(file.Split.Code);
        if (!declared.Success && !TypeNames.DeclaredIn(file).Any()) { yield break; } // Top-level statements, assembly attributes.
        string? folder = FolderOf(file.Path);
        int own = RankOf(folder);
        if (own < 0)
        {
            yield return new Finding(file.Path, 1, $"folder '{folder}' has no layer: place it in {nameof(LayeringRules)}");
            yield break;
        }
        string expected = NamespaceOf(file.Path);
        if (declared.Groups[1].Value != expected)
        {
            yield return new Finding(file.Path, 1, $"namespace '{declared.Groups[1].Value}' in a folder that means '{expected}'");
        }
        foreach (Match use in QualifiedUse().Matches(file.Split.Code))
        {
            string used = use.Groups[1].Value;
            int rank = RankOf(used);
            int line = CodeText.LineAt(file.Text, use.Index);
            if (rank < 0) { yield return new Finding(file.Path, line, $"'MemCore.{used}' has no layer: place it in {nameof(LayeringRules)}"); }
            else if (rank > own) { yield return new Finding(file.Path, line, $"'{folder}' points up to '{used}'"); }
        }
        foreach (Match use in RelativeUse().Matches(file.Split.Code))
        {
            string used = use.Groups[1].Value;
            if (RankOf(used) > own && typesByFolder.TryGetValue(used, out HashSet<string>? types) && types.Contains(use.Groups[2].Value))
            {
                yield return new Finding(file.Path, CodeText.LineAt(file.Text, use.Index), $"'{folder}' points up to '{used}'");
            }
        }
    }

    private static int RankOf(string? folder) => Array.FindIndex(s_layers, row => row.Contains(folder));

    /// <summary>src/Core/Frames/X.cs is in Frames, src/Lab/Soak/X.cs in Lab.</summary>
    private static string? FolderOf(string path)
    {
        string[] parts = path.Split('/');
        return parts is ["src", "Core", var folder, _, ..] ? folder : parts is ["src", "Core", _] ? "Core" : parts is ["src", var project, _, ..] ? project : null;
    }

    private static string NamespaceOf(string path)
    {
        string[] folders = path.Split('/')[1..^1];
        return "MemCore." + string.Join('.', folders[0] == "Core" ? folders[1..] : folders);
    }

    [GeneratedRegex(@"\bnamespace\s+([\w.]+)")]
    private static partial Regex NamespaceName();

    [GeneratedRegex(@"(?<!namespace\s+)\bMemCore\.(\w+)")]
    private static partial Regex QualifiedUse();

    [GeneratedRegex(@"(?<![\w.])([A-Z]\w*)\.([A-Z]\w*)")]
    private static partial Regex RelativeUse();
}

/// <summary>Which types a file declares.</summary>
internal static partial class TypeNames
{
    public static IEnumerable<string> DeclaredIn(SourceFile file) =>
        Declaration().Matches(file.Split.Code).Select(match => match.Groups[1].Value).Distinct();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?!\s+(?:struct|class)\b)|record\s+struct|record\s+class)\s+([A-Z]\w*)")]
    private static partial Regex Declaration();
}
