using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Formats;

namespace MemCore.Lab.Soak;

/// <summary>A journal as it was read: what the run was, how far it came, and where to go on writing.</summary>
internal sealed record JournalFile
{
    public const string FileName = "journal.jsonl";

    private const byte LineEnd = (byte)'\n';

    /// <summary>The start of the latest part.</summary>
    public required JournalRecord Start { get; init; }

    public required EarlierParts Earlier { get; init; }

    /// <summary>The end record, when the run is over.</summary>
    public JournalRecord? End { get; init; }

    /// <summary>The latest word on it.</summary>
    public required ulong NextSeed { get; init; }

    /// <summary>Bytes of whole lines; what comes after them was being written when the process died.</summary>
    public required long ValidBytes { get; init; }

    public double RemainingSeconds => Start.DurationSeconds - Earlier.Tally.Seconds;

    public static string PathIn(string directory) => Path.Combine(directory, FileName);

    /// <summary>Reads the journal of an output directory. False: one line says why; the exit code that goes with it is in the error.</summary>
    public static bool TryRead(string directory, [NotNullWhen(true)] out JournalFile? journal, [NotNullWhen(false)] out SetupError? error)
    {
        string path = PathIn(directory);
        byte[] bytes;
        journal = null;
        try { bytes = File.ReadAllBytes(path); }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            FormatError reason = FormatError.From(path, thrown);
            error = reason.Kind is FormatErrorKind.NotFound or FormatErrorKind.NotAFile
                ? SetupError.Usage($"--resume {directory}: {reason.Message}; a soak with --out writes it") : SetupError.Environment(reason.Message);
            return false;
        }
        return TryParse(path, bytes, out journal, out error);
    }

    /// <summary>Reads a journal's text. A last line that is not whole is left out: the process died while it wrote it.</summary>
    public static bool TryParse(string path, ReadOnlyMemory<byte> text, [NotNullWhen(true)] out JournalFile? journal, [NotNullWhen(false)] out SetupError? error)
    {
        journal = null;
        List<JournalRecord> records = [];
        int at = 0;
        for (int line = 1; at < text.Length; line++)
        {
            int length = text.Span[at..].IndexOf(LineEnd);
            bool isLast = length < 0 || at + length + 1 == text.Length;
            if (length < 0) { break; }
            if (!JournalRecord.TryParse(text.Slice(at, length), out JournalRecord? record) || !Fits(records, record!))
            {
                if (isLast && records.Count > 0) { break; }
                error = SetupError.Usage(records.Count == 0 ? $"{path} is no journal of a soak ({JournalRecord.Schema})" : $"{path}: line {line} is damaged");
                return false;
            }
            records.Add(record!);
            at += length + 1;
        }
        if (records.Count == 0)
        {
            error = SetupError.Usage($"{path} is no journal of a soak ({JournalRecord.Schema}), or the run had not begun");
            return false;
        }
        error = null;
        journal = Of(records, at);
        return true;
    }

    // Parts begin with a start and count up; nothing follows the end.
    private static bool Fits(List<JournalRecord> before, JournalRecord record)
    {
        if (before.Count == 0) { return record.Kind == JournalKind.Start && record.Part == 0; }
        JournalRecord last = before[^1];
        return last.Kind != JournalKind.End && record.Part == last.Part + (record.Kind == JournalKind.Start ? 1 : 0);
    }

    private static JournalFile Of(List<JournalRecord> records, long validBytes)
    {
        List<RunPart> parts = [];
        RunTally tally = RunTally.Nothing;
        foreach (IGrouping<int, JournalRecord> part in records.GroupBy(r => r.Part))
        {
            JournalRecord last = part.Last();
            parts.Add(new RunPart(last.Seed, last.Tally.Seconds));
            tally = tally.Plus(last.Tally);
        }
        return new JournalFile
        {
            Start = records.Last(r => r.Kind == JournalKind.Start),
            Earlier = new EarlierParts(parts, tally),
            End = records[^1].Kind == JournalKind.End ? records[^1] : null,
            NextSeed = records[^1].NextSeed,
            ValidBytes = validBytes,
        };
    }
}
