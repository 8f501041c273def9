using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Formats;

namespace MemCore.Lab.Soak;

/// <summary>Decides what goes into a run's journal, and when: a start, a record every few seconds and at each finding, an end.</summary>
internal sealed class JournalKeeper : IDisposable
{
    /// <summary>Of a run that keeps no journal.</summary>
    public static readonly JournalKeeper None = new(null, null, null);

    private readonly SoakJournal? _journal;
    private readonly RunAccounts? _accounts;
    private readonly SoakOptions _options;
    private readonly int _part;
    private TimeSpan _due;

    private JournalKeeper(SoakJournal? journal, RunAccounts? accounts, SoakOptions? options)
    {
        _journal = journal;
        _accounts = accounts;
        _options = options ?? new SoakOptions();
        _part = _options.Earlier.Parts.Count;
        _due = _options.JournalPeriod;
    }

    /// <summary>Opens the journal, if the options want one, and writes the start. False: one line says why it cannot be written.</summary>
    public static bool TryOpen(
        SoakOptions options, RunAccounts accounts, HostSummary host, SoakReporter reporter, out JournalKeeper keeper, [NotNullWhen(false)] out SetupError? error)
    {
        keeper = None;
        error = null;
        if (options.JournalDirectory is not { } directory) { return true; }
        try
        {
            SoakJournal journal = options.JournalValidBytes < 0 ? SoakJournal.Begin(directory, reporter) : SoakJournal.Continue(directory, options.JournalValidBytes, reporter);
            keeper = new JournalKeeper(journal, accounts, options);
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            error = SetupError.Environment(FormatError.From(JournalFile.PathIn(directory), thrown).Message);
            return false;
        }
        keeper.Write(JournalKind.Start, record => record with
        {
            Arguments = options.Arguments,
            DurationSeconds = options.Duration.TotalSeconds + options.Earlier.Tally.Seconds,
            OperationLimit = options.Operations == 0 ? 0 : options.Operations + options.Earlier.Tally.TotalOperations,
            Host = host.Source,
            Frames = host.Frames,
        });
        return true;
    }

    /// <summary>The seed of the part after one: splitmix, so that it has nothing in common with it.</summary>
    public static ulong SeedAfter(ulong seed)
    {
        ulong x = seed + 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }

    /// <summary>Coordinator: writes a record when one is due.</summary>
    public void NoteProgress(TimeSpan elapsed)
    {
        if (elapsed < _due) { return; }
        _due = elapsed + _options.JournalPeriod;
        WriteTally(JournalKind.Progress);
    }

    /// <summary>Who found something: it is on the disk when this returns.</summary>
    public void NoteFinding() => WriteTally(JournalKind.Progress);

    /// <summary>The last record. A run that somebody interrupted is not over: it may be resumed.</summary>
    public void End(SoakVerdict verdict, bool isOver) =>
        WriteTally(isOver ? JournalKind.End : JournalKind.Progress, SoakJson.VerdictName(verdict));

    public void Dispose() => _journal?.Dispose();

    private void WriteTally(JournalKind kind, string verdict = "")
    {
        if (_accounts is { } accounts) { Write(kind, record => record with { Tally = accounts.Tally(), Verdict = verdict }); }
    }

    private void Write(JournalKind kind, Func<JournalRecord, JournalRecord> fill) =>
        _journal?.Write(fill(new JournalRecord { Kind = kind, Part = _part, Seed = _options.Seed, NextSeed = SeedAfter(_options.Seed) }));
}
