using MemCore.Perf.Growth;

namespace MemCore.Perf.Contention;

/// <summary>What a contention run is asked for.</summary>
/// <param name="Json">Records on stdout instead of a table.</param>
/// <param name="Csv">A file name: each test gets one like it, with the test's name in it; null: none.</param>
/// <param name="Quick">Short windows, to see that all of it runs: no figure to quote.</param>
/// <param name="ThreadsFrom">The least threads; 0: chosen counts up to all CPUs.</param>
/// <param name="ThreadsTo">The most.</param>
/// <param name="Paths">Names of hot paths.</param>
internal sealed record ContentionOptions(bool Json, string? Csv, bool Quick, int ThreadsFrom, int ThreadsTo, IReadOnlyList<string> Paths)
{
    public const string Usage = "usage: contention [--threads N|FROM..TO] [--paths NAME,NAME] [--csv FILE] [--json] [--quick]";

    private const int EachUpTo = 8;
    private static readonly string[] s_paths = [.. HotPath.All.Select(p => p.Name)];

    public Windows Windows => Quick ? new Windows(3, 10, 10) : new Windows(9, 30, 100);

    /// <summary>Threads to run with on so many CPUs, 1 always among them.</summary>
    public IReadOnlyList<int> ThreadCounts(int cpus) =>
        ThreadsFrom == 0 ? Counts(cpus) : [.. Enumerable.Range(ThreadsFrom, ThreadsTo - ThreadsFrom + 1).Prepend(1).Distinct()];

    /// <summary>Each count up to 8, then powers of two, and all.</summary>
    public static IReadOnlyList<int> Counts(int cpus) =>
        [.. Enumerable.Range(1, cpus).Where(n => n <= EachUpTo || System.Numerics.BitOperations.IsPow2(n) || n == cpus)];

    public static bool TryParse(string[] args, int cpus, out ContentionOptions options, out string error)
    {
        options = new ContentionOptions(Json: false, Csv: null, Quick: false, ThreadsFrom: 0, ThreadsTo: 0, s_paths);
        ModeArguments arguments = new(args);
        error = string.Empty;
        while (error.Length == 0 && arguments.Next())
        {
            switch (arguments.Current)
            {
                case "--json": options = options with { Json = true }; break;
                case "--quick": options = options with { Quick = true }; break;
                case "--csv": options = options with { Csv = arguments.Text() }; break;
                case "--paths": options = options with { Paths = arguments.Names(s_paths) }; break;
                case "--threads": options = WithThreads(options, arguments.Text(), cpus, ref error); break;
                default: arguments.Unknown(); break;
            }
        }
        if (arguments.Error.Length != 0) { error = arguments.Error; }
        return error.Length == 0;
    }

    private static ContentionOptions WithThreads(ContentionOptions options, string text, int cpus, ref string error)
    {
        string[] ends = text.Split("..");
        bool isRange = ends.Length is 1 or 2 & int.TryParse(ends[0], out int from) & int.TryParse(ends[^1], out int to);
        if (isRange && from >= 1 && to >= from && to <= cpus) { return options with { ThreadsFrom = from, ThreadsTo = to }; }
        error = $"--threads takes a number or a range such as 1..{cpus}, from 1 to the {cpus} CPUs here, not \"{text}\"";
        return options;
    }
}
