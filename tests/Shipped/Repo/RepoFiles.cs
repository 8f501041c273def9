namespace MemCore.Tests.Repo;

/// <summary>A file of the repository: its path from the root, with forward slashes, and its text.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    private CodeText? _split;

    public CodeText Split => _split ??= CodeText.Of(Text);

    public override string ToString() => Path;
}

/// <summary>Something a rule objects to; prints as an editor wants it.</summary>
internal sealed record Finding(string Path, int Line, string What)
{
    public override string ToString() => $"{Path}({Line}): {What}";
}

/// <summary>Where the sources are.</summary>
internal static class RepoFiles
{
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files below a folder of the root, build outputs left out.</summary>
    public static IReadOnlyList<SourceFile> Below(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Full: path, Name: Path.GetRelativePath(Root, path).Replace('\\', '/')))
            .Where(file => !file.Name.Contains("/bin/", StringComparison.Ordinal) && !file.Name.Contains("/obj/", StringComparison.Ordinal))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new SourceFile(file.Name, File.ReadAllText(file.Full)))];

    public static void AssertNone(IEnumerable<Finding> findings)
    {
        string all = string.Join(Environment.NewLine, findings);
        Assert.True(all.Length == 0, all);
    }

    /// <summary>The test of the test: a planted text must be found.</summary>
    public static void AssertFires(IEnumerable<Finding> findings, string what) =>
        Assert.Contains(findings, finding => finding.What.Contains(what, StringComparison.Ordinal));

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "MemCore.sln"))) { return at.FullName; }
        }
        throw new InvalidOperationException($"no MemCore.sln above {AppContext.BaseDirectory}");
    }
}
