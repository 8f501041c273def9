using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Soak;

namespace MemCore.Cli;

/// <summary>Turns the journal of a run that was cut short into the options of its next part.</summary>
internal static class SoakResume
{
    /// <summary>A run that was killed at its very end still drains and audits once more.</summary>
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(1);

    /// <summary>False: there is nothing to resume; one line says why, with the exit code that goes with it.</summary>
    /// <param name="directory">Where the run kept its journal.</param>
    /// <param name="duration">How long this part is to last; null: what remains of the run.</param>
    /// <param name="output">Where findings and the summary go; null: the same directory.</param>
    /// <param name="options">Those of the run, with the next seed.</param>
    /// <param name="error">Null on success.</param>
    public static bool TryOptions(
        string directory, TimeSpan? duration, string? output, [NotNullWhen(true)] out SoakOptions? options, [NotNullWhen(false)] out SetupError? error)
    {
        options = null;
        if (!JournalFile.TryRead(directory, out JournalFile? journal, out error)) { return false; }
        if (journal.End is { } end)
        {
            error = SetupError.Usage($"--resume {directory}: the run is over, its verdict was \"{end.Verdict}\"");
            return false;
        }
        string[] arguments = WithSeed(journal.Start.Arguments, journal.NextSeed);
        if (!SoakVerb.TryOptions(arguments, out SoakOptions? saved, out string complaint))
        {
            error = SetupError.Usage($"{JournalFile.PathIn(directory)}: this build does not understand the run's options: {complaint}");
            return false;
        }
        TimeSpan remaining = TimeSpan.FromSeconds(Math.Max(journal.RemainingSeconds, s_least.TotalSeconds));
        long done = journal.Earlier.Tally.TotalOperations;
        options = saved with
        {
            Duration = duration ?? remaining,
            Operations = journal.Start.OperationLimit == 0 ? 0 : Math.Max(1, journal.Start.OperationLimit - done),
            Out = output ?? directory,
            JournalDirectory = directory,
            JournalValidBytes = journal.ValidBytes,
            Earlier = journal.Earlier,
            Command = SoakVerb.CommandText(arguments),
            Arguments = arguments,
        };
        return true;
    }

    /// <summary>A command line with another seed.</summary>
    internal static string[] WithSeed(IReadOnlyList<string> arguments, ulong seed)
    {
        List<string> with = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == "--seed")
            {
                i++;
                continue;
            }
            with.Add(arguments[i]);
        }
        return [.. with, "--seed", $"0x{seed:x}"];
    }
}
