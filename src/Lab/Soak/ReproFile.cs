using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MemCore.Lab.Soak;

/// <summary>What is saved of a finding so that the run can be repeated: the command, and by what the finding is recognised.</summary>
/// <remarks>A run on real threads repeats a finding only with some probability; the file says what to look for, not when.</remarks>
internal sealed record ReproFile
{
    public const string Schema = "memcore.repro/1";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter() } };

    public string SchemaName { get; init; } = Schema;

    /// <summary>metal: a soak; anything else is for the explorer.</summary>
    public string Machine { get; init; } = "metal";

    public string Version { get; init; } = VersionText;

    public ulong Seed { get; init; }

    public string Command { get; init; } = string.Empty;

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The finding's key: the same in each run that shows it.</summary>
    public string Fingerprint { get; init; } = string.Empty;

    public string Invariant { get; init; } = string.Empty;

    public string Text { get; init; } = string.Empty;

    public string Dump { get; init; } = string.Empty;

    /// <summary>What the workers did last; null in a file that has none.</summary>
    public RecordedFlight? Flight { get; init; }

    public bool IsSoak => Machine == "metal" && Arguments.Count > 0 && Arguments[0] == "soak";

    /// <summary>The version of the tool that found it, with the commit when the build knows it.</summary>
    public static string VersionText =>
        typeof(ReproFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Reads a file. False: unreadable or of another kind; one line says why.</summary>
    public static bool TryRead(string path, [NotNullWhen(true)] out ReproFile? repro, out string reason)
    {
        try
        {
            repro = JsonSerializer.Deserialize<ReproFile>(File.ReadAllText(path), s_json);
            reason = repro?.SchemaName == Schema ? string.Empty : $"{path} is no repro file ({Schema})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            repro = null;
            reason = $"{path} is no repro file: {e.Message}";
        }
        return reason.Length == 0 && repro is not null;
    }

    /// <summary>Writes the file whole or not at all, and returns its path. Throws IOException when the directory cannot be written.</summary>
    public string Save(string directory)
    {
        Directory.CreateDirectory(directory);
        string name = $"finding-{Sanitised(Fingerprint)}-{Seed:x16}.json";
        string path = Path.Combine(directory, name);
        string unfinished = path + ".tmp";
        File.WriteAllText(unfinished, JsonSerializer.Serialize(this, s_json));
        File.Move(unfinished, path, overwrite: true);
        return path;
    }

    private static string Sanitised(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
}
