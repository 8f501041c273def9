using System.CommandLine;
using System.Diagnostics;
using MemCore.Lab.Exploration;
using MemCore.Lab.Reports;
using MemCore.Lab.Scenarios;

namespace MemCore.Cli;

/// <summary>memcore explore: gives verdicts.</summary>
internal sealed class ExploreVerb
{
    private static readonly TimeSpan s_timeDefault = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_beyondMax = TimeSpan.FromSeconds(20);

    private readonly Argument<string[]> _which = new("SCENARIO[/VARIANT]") { Description = "default: all", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<TimeSpan?> _time = OptionValues.Duration("--time", "budget for all rows together; default 5m");
    private readonly Option<long?> _preemptions = OptionValues.Count("--max-preemptions", "bound that is searched to the end; default: the variant's own, 2 at least", least: 0, most: 1_000_000);
    private readonly Option<string?> _strategy = OptionValues.OneOf("--strategy",
        "auto: bounded, then without bound or by turns; dfs: bounded only; default auto", "auto", "dfs", "states", "traces", "random", "uniform", "pct");
    private readonly Option<string?> _mode = OptionValues.OneOf("--mode", "memory model; default sc", "sc", "tso");
    private readonly Option<bool> _races = new("--races") { Description = "two plain accesses without an order between them are a violation" };
    private readonly Option<string?> _checks = OptionValues.OneOf("--checks", "the allocator's own checks; default: the rows that each variant has", "on", "off");
    private readonly Option<string?> _shard = new("--shard") { Description = "part i of n: of the schedules of one row, of the rows otherwise", HelpName = "i/n" };
    private readonly Option<long?> _actors = OptionValues.Count("--actors", "tasks of the kind that the scenario multiplies; default: its own number", most: Runner.FirstBuffer);
    private readonly Option<bool> _exact = new("--exact") { Description = "compares stored states in full, not by a 128-bit hash" };
    private readonly Option<ulong?> _seed = OptionValues.Seed("--seed", "of random strategies; default: drawn and printed");
    private readonly Option<bool> _json = new("--json") { Description = "one record per row, schema memcore.verdict/1" };
    private readonly Option<string?> _out = new("--out") { Description = "directory for schedules and interleavings", HelpName = "DIR" };
    private readonly Option<string?> _junit = new("--junit") { Description = "writes the verdicts as JUnit XML to FILE", HelpName = "FILE" };

    private readonly Option<string?> _repro = new("--repro") { Description = "the last operations in a soak's repro file instead, beginning with their observed order; 20s unless --time is given", HelpName = "FILE" };
    private readonly Option<bool> _first = new("--first") { Description = "ends each row at the first violation that is found" };
    private readonly Option<bool> _speed = new("--speed") { Description = "measures the explorer itself instead, in less than a minute" };
    private readonly Option<bool> _progress = new("--progress") { Description = "stops tasks for ever instead, and prints the progress of the engine's operations" };
    private readonly Option<string?> _markdown = new("--markdown") { Description = "writes the verdicts as tables to FILE", HelpName = "FILE" };

    public static Command Create()
    {
        ExploreVerb verb = new();
        verb._which.CompletionSources.Add([.. ScenarioCatalogue.All.Select(s => s.Slug)]);
        Command command = new("explore", "Searches interleavings of the engine's own code and gives verdicts.")
        {
            verb._which, verb._time, verb._preemptions, verb._strategy, verb._mode, verb._races, verb._checks, verb._shard, verb._actors, verb._exact, verb._seed,
            verb._json, verb._repro, verb._out, verb._junit, verb._first, verb._markdown, verb._speed, verb._progress,
        };
        command.SetAction(verb.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_speed)) { return ExploreSpeed.Run(); }
        if (parsed.GetValue(_progress)) { return ExploreProgress.Run(parsed.GetValue(_time) ?? s_timeDefault); }
        if (parsed.GetValue(_repro) is { } file)
        {
            return parsed.GetValue(_which) is { Length: > 0 }
                ? CommandLine.Complain("--repro takes no scenario: the file has one", ["explore"])
                : ExploreRepro.Run(file, parsed.GetValue(_time), parsed.GetValue(_seed), parsed.GetValue(_json));
        }
        if (!ExploreRows.TrySelect(parsed.GetValue(_which) ?? [], parsed.GetValue(_checks), (int?)parsed.GetValue(_actors), parsed.GetValue(_shard),
            out List<ExploreRow> rows, out string complaint))
        {
            return CommandLine.Complain(complaint, ["explore"]);
        }
        ulong seed = parsed.GetValue(_seed) ?? (ulong)Random.Shared.NextInt64();
        if (rows.Select(row => WhyNot(row, row.Variant.In(Options(parsed, row, seed, TimeSpan.Zero, 1)))).FirstOrDefault(why => why is not null) is { } reason)
        {
            return CommandLine.Complain(reason, ["explore"]);
        }
        string? directory = parsed.GetValue(_out);
        if (directory is not null && !OutDirectory.CanPrepare(directory, out complaint)) { return CommandLine.Refuse(complaint); }

        string again = string.Join(' ', parsed.Tokens.Select(t => t.Value)) + (parsed.GetValue(_seed) is null ? $" --seed 0x{seed:x}" : string.Empty);
        Console.Error.WriteLine($"seed 0x{seed:x}; repeat with: memcore {again}");
        return Decide(parsed, rows, seed, directory);
    }

    private static string? WhyNot(ExploreRow row, ExplorationOptions options)
    {
        if (Modes.WhyNot(options) is { } reason) { return reason; }
        string name = $"{row.Scenario.Slug}/{row.Variant.Slug}";
        try
        {
            return Verdict.WithModel(row.Variant, row.Settings, model => Modes.WhyNot(options, model) is { } why ? $"{name}: {why}" : null);
        }
        catch (ArgumentException e)
        {
            return $"{name} cannot be built like this: {e.Message}";
        }
    }

    private int Decide(ParseResult parsed, List<ExploreRow> rows, ulong seed, string? directory)
    {
        bool json = parsed.GetValue(_json);
        TimeSpan budget = parsed.GetValue(_time) ?? s_timeDefault;
        Stopwatch clock = Stopwatch.StartNew();
        List<Verdict> verdicts = [];
        List<ReportedCase> cases = [];
        for (int i = 0; i < rows.Count; i++)
        {
            ExploreRow row = rows[i];
            try
            {
                Verdict verdict = Verdict.Decide(row.Scenario, row.Variant, Options(parsed, row, seed, budget - clock.Elapsed, rows.Count - i), row.Settings);
                verdicts.Add(verdict);
                Console.WriteLine(json ? VerdictText.Json(verdict, seed) : VerdictText.Line(verdict));
                Show(verdict, json, alone: rows.Count == 1, directory);
                cases.Add(ExploreReports.Case(verdict));
            }
            catch (LabException e)
            {
                Console.Error.WriteLine($"memcore: the lab failed in {row.Scenario.Slug}/{row.Variant.Slug}: {e.Message}");
                return ExitCode.LabFailed;
            }
        }
        JUnitReport.Annotate(Console.Error, cases);
        try
        {
            if (parsed.GetValue(_markdown) is { } file) { Save(file, VerdictTable.Markdown(verdicts)); }
            if (parsed.GetValue(_junit) is { } xml) { JUnitReport.Save(xml, "memcore explore", cases); }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CommandLine.Refuse($"a report could not be written: {e.Message}");
        }
        return Summary(verdicts, clock.Elapsed, budget, json);
    }

    private ExplorationOptions Options(ParseResult parsed, ExploreRow row, ulong seed, TimeSpan left, int rowsLeft)
    {
        // A row may take several shares: most need far less than one.
        left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        TimeSpan share = left / rowsLeft;
        TimeSpan most = share * 8 < left ? share * 8 : left;
        Strategy strategy = parsed.GetValue(_strategy) is { } name ? Enum.Parse<Strategy>(name, ignoreCase: true) : Strategy.Auto;
        return new ExplorationOptions
        {
            Strategy = strategy,
            PreemptionsMax = (int)(parsed.GetValue(_preemptions) ?? row.Variant.Preemptions),
            Time = strategy is Strategy.Random or Strategy.Uniform or Strategy.Pct ? share : most,
            UnboundedTime = rowsLeft == 1 || share < s_beyondMax ? share : s_beyondMax,
            Seed = seed,
            Memory = parsed.GetValue(_mode) == "tso" ? MemoryModel.Tso : MemoryModel.SequentiallyConsistent,
            Races = parsed.GetValue(_races),
            Exact = parsed.GetValue(_exact),
            Shard = row.Shard,
            FirstOnly = parsed.GetValue(_first),
        };
    }

    private static int Summary(List<Verdict> verdicts, TimeSpan time, TimeSpan budget, bool json)
    {
        int Of(VerdictResult result) => verdicts.Count(v => v.Result == result);
        (int unexpected, int undecided) = (Of(VerdictResult.Unexpected), Of(VerdictResult.Inconclusive));
        if (!json)
        {
            Console.WriteLine($"{verdicts.Count} row{(verdicts.Count == 1 ? string.Empty : "s")} in {time.TotalSeconds:f1} s of {budget.TotalSeconds:f0} s: "
                + $"{Of(VerdictResult.AsExpected)} as expected, {unexpected} unexpected, {undecided} undecided");
        }
        return unexpected > 0 ? ExitCode.Finding : undecided > 0 ? ExitCode.Undecided : ExitCode.Done;
    }

    // A single row is asked for to be looked at, and what nobody expected always is.
    private static void Show(Verdict verdict, bool json, bool alone, string? directory)
    {
        foreach (Found found in verdict.Exploration.Found)
        {
            bool print = !json && (alone || verdict.Result == VerdictResult.Unexpected);
            if (!print && directory is null) { continue; }
            string text = VerdictText.Interleaving(verdict, found);
            if (print) { Console.WriteLine($"\n{text}"); }
            if (directory is null) { continue; }
            Directory.CreateDirectory(directory);
            string checks = verdict.Settings.Checks ? string.Empty : "-unchecked";
            string name = Path.Combine(directory, $"{verdict.Scenario.Slug}-{verdict.Variant.Slug}{checks}-{found.Kind}");
            Save($"{name}.schedule", $"{verdict.ScheduleOf(found)}\n");
            Save($"{name}.txt", text);
        }
    }

    private static void Save(string path, string text)
    {
        File.WriteAllText($"{path}.tmp", text);
        File.Move($"{path}.tmp", path, overwrite: true);
    }
}
