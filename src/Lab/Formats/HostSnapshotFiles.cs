using System.Diagnostics.CodeAnalysis;

namespace MemCore.Lab.Formats;

/// <summary>The files that make up one snapshot of a machine. All but <see cref="KPageFlags"/> may be missing (null).</summary>
/// <param name="Name">The prefix of the files, such as <c>b-fragmented</c>, or the name of the folder or file.</param>
internal sealed record HostSnapshotFiles(string Name, string KPageFlags, string? KPageCount, string? KPageCgroup, string? BuddyInfo,
    string? PageTypeInfo, string? ZoneInfo, string? VmStat, string? MemInfo, string? Iomem)
{
    private const string FlagsWord = "kpageflags";

    private static readonly string[] s_imageEndings = ["", ".bin", ".gz", ".bin.gz"];
    private static readonly string[] s_textEndings = ["", ".txt"];

    /// <summary>
    /// Finds a snapshot: a folder that holds one (<c>/proc</c> is such a folder), <c>FOLDER/PREFIX</c> when it holds several, or the
    /// path of a flags image. Companions are looked for beside it under the same prefix; the memory map also without prefix.
    /// False: nothing there, or several and none chosen; the error names the choices.
    /// </summary>
    public static bool TryLocate(string path, [NotNullWhen(true)] out HostSnapshotFiles? files, [NotNullWhen(false)] out FormatError? error)
    {
        files = null;
        try
        {
            if (Directory.Exists(path))
            {
                return TryLocateInFolder(path, path, out files, out error);
            }
            if (File.Exists(path))
            {
                files = BesideFile(path);
                error = null;
                return true;
            }
            return TryLocatePrefix(path, out files, out error);
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            error = FormatError.From(path, thrown);
            return false;
        }
    }

    private static bool TryLocateInFolder(string folder, string asked, [NotNullWhen(true)] out HostSnapshotFiles? files,
        [NotNullWhen(false)] out FormatError? error)
    {
        List<string> prefixes = Prefixes(folder);
        files = prefixes.Count == 1 ? Gather(folder, prefixes[0]) : null;
        error = prefixes.Count switch
        {
            0 => new FormatError(FormatErrorKind.NotFound, $"{asked}: no kpageflags image in this folder"),
            1 => null,
            _ => new FormatError(FormatErrorKind.Ambiguous, $"{asked}: several snapshots; choose one of {Choices(folder, prefixes)}"),
        };
        return error is null;
    }

    private static bool TryLocatePrefix(string path, [NotNullWhen(true)] out HostSnapshotFiles? files,
        [NotNullWhen(false)] out FormatError? error)
    {
        files = null;
        string full = Path.TrimEndingDirectorySeparator(path);
        string folder = FolderOf(full);
        List<string> prefixes = Directory.Exists(folder) ? Prefixes(folder) : [];
        string asked = Path.GetFileName(full);
        string? prefix = prefixes.Find(candidate => candidate.Length > 0 && candidate[..^1] == asked.TrimEnd('-'));
        if (prefix is not null)
        {
            files = Gather(folder, prefix);
            error = null;
            return true;
        }
        error = new FormatError(FormatErrorKind.NotFound, prefixes.Count == 0
            ? $"{path}: no such file or folder"
            : $"{path}: no such snapshot; there is {Choices(folder, prefixes)}");
        return false;
    }

    /// <summary>A file with a name of its own has no companions: which ones belong to it cannot be told.</summary>
    private static HostSnapshotFiles BesideFile(string path)
    {
        string? prefix = PrefixOf(Path.GetFileName(path));
        return prefix is null
            ? new HostSnapshotFiles(Path.GetFileName(path), path, null, null, null, null, null, null, null, null)
            : Gather(FolderOf(path), prefix) with { KPageFlags = path };
    }

    private static HostSnapshotFiles Gather(string folder, string prefix)
    {
        string? Image(string word) => First(folder, prefix + word, s_imageEndings);
        string? Text(string word) => First(folder, prefix + word, s_textEndings);
        string? Shared(string word) => Text(word) ?? First(folder, word, s_textEndings);

        string name = prefix.Length > 0 ? prefix[..^1] : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return new HostSnapshotFiles(name, Image(FlagsWord) ?? Path.Combine(folder, prefix + FlagsWord), Image("kpagecount"),
            Image("kpagecgroup"), Text("buddyinfo"), Text("pagetypeinfo"), Text("zoneinfo"), Text("vmstat"), Text("meminfo"),
            Shared("iomem") ?? Shared("iomem-system-ram"));
    }

    /// <summary>The prefixes in front of "kpageflags", with their dash; the empty one for a plain name. Sorted, each once.</summary>
    private static List<string> Prefixes(string folder) =>
        [.. Directory.EnumerateFiles(folder, $"*{FlagsWord}*").Select(file => PrefixOf(Path.GetFileName(file))).OfType<string>()
            .Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Null: not the name of a flags image.</summary>
    private static string? PrefixOf(string fileName)
    {
        int at = fileName.LastIndexOf(FlagsWord, StringComparison.Ordinal);
        bool named = at == 0 || (at > 1 && fileName[at - 1] == '-');
        return named && s_imageEndings.Contains(fileName[(at + FlagsWord.Length)..]) ? fileName[..at] : null;
    }

    private static string? First(string folder, string stem, string[] endings) =>
        endings.Select(ending => Path.Combine(folder, stem + ending)).FirstOrDefault(File.Exists);

    private static string FolderOf(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        return string.IsNullOrEmpty(folder) ? "." : folder;
    }

    private static string Choices(string folder, List<string> prefixes) =>
        string.Join(", ", prefixes.Select(prefix => Path.Combine(folder, prefix.Length == 0 ? FlagsWord : prefix[..^1])));
}
