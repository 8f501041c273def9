using System.CommandLine;
using System.Diagnostics;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;

namespace MemCore.Cli;

/// <summary>memcore explore: gives verdicts.</summary>
internal sealed class ExploreVerb
{
    private static readonly TimeSpan s_unboundedMax = TimeSpan.FromSeconds(20);

    private readonly Argument<string[]> _which = new("SCENARIO[/VARIANT]") { Description = "default: all", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<TimeSpan?> _time = OptionValues.Duration("--time", "budget for all variants together; default 3m");
    private readonly Option<long?> _preemptions = OptionValues.Count("--max-preemptions", "bound that is searched to the end; default: the variant's own, 2 at least", least: 0);
    private readonly Option<string?> _strategy = OptionValues.OneOf("--strategy", "auto: bounded, then stored states without bound; default auto", "auto", "dfs", "states", "random", "pct");
    private readonly Option<string?> _mode = OptionValues.OneOf("--mode", "memory model; default sc", "sc", "tso");
    private readonly Option<string?> _checks = OptionValues.OneOf("--checks", "the engine's own checks; default on", "on", "off");
    private readonly Option<string?> _shard = new("--shard") { Description = "part i of n of the variants", HelpName = "i/n" };
    private readonly Option<long?> _actors = OptionValues.Count("--actors", "actors of a model; each model here has its own number");
    private readonly Option<ulong?> _seed = OptionValues.Seed("--seed", "of random strategies; default: drawn and printed");
    private readonly Option<bool> _json = new("--json") { Description = "one record per variant, schema memcore.verdict/1" };
    private readonly Option<string?> _out = new("--out") { Description = "directory for schedules and interleavings", HelpName = "DIR" };

    private readonly Option<bool> _first = new("--first") { Description = "ends each variant at the first violation that is found" };
    private readonly Option<bool> _speed = new("--speed") { Description = "measures the explorer itself instead, in less than a minute" };
    private readonly Option<string?> _markdown = new("--markdown") { Description = "writes the verdicts as tables to FILE", HelpName = "FILE" };

    public static Command Create()
    {
        ExploreVerb verb = new();
        verb._which.CompletionSources.Add([.. ScenarioCatalogue.All.Select(s => s.Slug)]);
        Command command = new("explore", "Searches interleavings of the engine's own code and gives verdicts.")
        {
            verb._which, verb._time, verb._preemptions, verb._strategy, verb._mode, verb._checks, verb._shard, verb._actors, verb._seed, verb._json, verb._out, verb._first,
            verb._markdown, verb._speed,
        };
        command.SetAction(verb.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_speed)) { return ExploreSpeed.Run(); }
        if (NotYet(parsed) is { } notYet) { return CommandLine.Complain(notYet, ["explore"]); }
        if (!TrySelect(parsed.GetValue(_which) ?? [], out List<(Scenario, Variant)> chosen, out string complaint)
            || !TryShard(parsed.GetValue(_shard), ref chosen, out complaint))
        {
            return CommandLine.Complain(complaint, ["explore"]);
        }
        string? directory = parsed.GetValue(_out);
        if (directory is not null && !OutDirectory.CanPrepare(directory, out complaint)) { return CommandLine.Refuse(complaint); }

        bool json = parsed.GetValue(_json);
        ulong seed = parsed.GetValue(_seed) ?? (ulong)Random.Shared.NextInt64();
        string again = string.Join(' ', parsed.Tokens.Select(t => t.Value)) + (parsed.GetValue(_seed) is null ? $" --seed 0x{seed:x}" : string.Empty);
        Console.Error.WriteLine($"seed 0x{seed:x}; repeat with: memcore {again}");

        TimeSpan budget = parsed.GetValue(_time) ?? TimeSpan.FromMinutes(3);
        Stopwatch clock = Stopwatch.StartNew();
        List<Verdict> verdicts = [];
        int expected = 0, unexpected = 0, undecided = 0;
        for (int i = 0; i < chosen.Count; i++)
        {
            (Scenario scenario, Variant variant) = chosen[i];
            Verdict verdict;
            try
            {
                verdict = Verdict.Decide(scenario, variant, Options(parsed, variant, seed, budget - clock.Elapsed, chosen.Count - i));
            }
            catch (LabException e)
            {
                Console.Error.WriteLine($"memcore: the lab failed in {scenario.Slug}/{variant.Slug}: {e.Message}");
                return ExitCode.LabFailed;
            }
            verdicts.Add(verdict);
            Count(verdict, ref expected, ref unexpected, ref undecided);
            Console.WriteLine(json ? VerdictText.Json(verdict, seed) : VerdictText.Line(verdict));
            Show(verdict, json, alone: chosen.Count == 1, directory);
        }
        if (parsed.GetValue(_markdown) is { } file) { Save(file, VerdictTable.Markdown(verdicts)); }
        if (!json) { Console.WriteLine($"{chosen.Count} variants in {clock.Elapsed.TotalSeconds:f1} s: {expected} as expected, {unexpected} unexpected, {undecided} undecided"); }
        return unexpected > 0 ? ExitCode.Finding : undecided > 0 ? ExitCode.Undecided : ExitCode.Done;
    }

    private string? NotYet(ParseResult parsed)
    {
        if (parsed.GetValue(_mode) == "tso") { return "--mode tso is not available yet in this version"; }
        if (parsed.GetValue(_strategy) == "pct") { return "--strategy pct is not available yet in this version"; }
        if (parsed.GetValue(_checks) == "off") { return "--checks off is not available yet in this version"; }
        return parsed.GetValue(_actors) is null ? null : "--actors is not available yet in this version: each model has its own number";
    }

    private ExplorationOptions Options(ParseResult parsed, Variant variant, ulong seed, TimeSpan left, int variantsLeft)
    {
        Strategy strategy = parsed.GetValue(_strategy) switch
        {
            "dfs" => Strategy.Dfs,
            "states" => Strategy.States,
            "random" => Strategy.Random,
            _ => Strategy.Auto,
        };
        TimeSpan share = left > TimeSpan.Zero ? left / variantsLeft : TimeSpan.Zero;
        TimeSpan unbounded = share < s_unboundedMax || variantsLeft == 1 ? share : s_unboundedMax;
        return new ExplorationOptions
        {
            Strategy = strategy == Strategy.Auto && !variant.NothingElse ? Strategy.Dfs : strategy,
            PreemptionsMax = (int)(parsed.GetValue(_preemptions) ?? variant.Preemptions),
            Time = strategy == Strategy.Random ? share : left,
            UnboundedTime = unbounded,
            Seed = seed,
            FirstOnly = parsed.GetValue(_first),
        };
    }

    private static void Count(Verdict verdict, ref int expected, ref int unexpected, ref int undecided)
    {
        switch (verdict.Result)
        {
            case VerdictResult.AsExpected:
                expected++;
                break;
            case VerdictResult.Unexpected:
                unexpected++;
                break;
            default:
                undecided++;
                break;
        }
    }

    // A single variant is asked for to be looked at, and what nobody expected always is.
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
            string name = Path.Combine(directory, $"{verdict.Scenario.Slug}-{verdict.Variant.Slug}-{found.Kind}");
            Save($"{name}.schedule", $"{verdict.ScheduleOf(found)}\n");
            Save($"{name}.txt", text);
        }
    }

    private static void Save(string path, string text)
    {
        File.WriteAllText($"{path}.tmp", text);
        File.Move($"{path}.tmp", path, overwrite: true);
    }

    private static bool TrySelect(string[] which, out List<(Scenario, Variant)> chosen, out string complaint)
    {
        chosen = [];
        complaint = string.Empty;
        if (which.Length == 0) { which = [.. ScenarioCatalogue.All.Select(s => s.Slug)]; }
        foreach (string name in which)
        {
            string[] parts = name.Split('/', 2);
            if (ScenarioCatalogue.Find(parts[0]) is not { } scenario)
            {
                complaint = $"there is no scenario \"{parts[0]}\" (there are {string.Join(", ", ScenarioCatalogue.All.Select(s => s.Slug))})";
                return false;
            }
            List<Variant> variants = [.. scenario.Variants.Where(v => parts.Length == 1 || v.Slug == parts[1] || v.Id == parts[1])];
            if (variants.Count == 0)
            {
                complaint = $"{scenario.Slug} has no variant \"{parts[1]}\" (it has {string.Join(", ", scenario.Variants.Select(v => v.Slug))})";
                return false;
            }
            foreach (Variant variant in variants) { chosen.Add((scenario, variant)); }
        }
        return true;
    }

    private static bool TryShard(string? text, ref List<(Scenario, Variant)> chosen, out string complaint)
    {
        complaint = string.Empty;
        if (text is null) { return true; }
        string[] parts = text.Split('/');
        if (parts.Length != 2 || !int.TryParse(parts[0], out int part) || !int.TryParse(parts[1], out int of) || part < 1 || part > of)
        {
            complaint = $"--shard takes i/n with 1 <= i <= n, not \"{text}\"";
            return false;
        }
        chosen = [.. chosen.Where((_, i) => i % of == part - 1)];
        return true;
    }
}
