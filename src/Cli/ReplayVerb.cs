using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using MemCore.Lab.Exploration;
using MemCore.Lab.Repro;
using MemCore.Lab.Scenarios;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Cli;

/// <summary>memcore replay: repeats a schedule exactly, or runs the soak of a repro file again and says how often it reproduced.</summary>
internal static class ReplayVerb
{
    private const int TriesDefault = 3;

    public static Command Create()
    {
        Argument<string> what = new("SCHEDULE|FILE") { Description = "a schedule string, a file that holds one, or a repro file of a soak" };
        Option<bool> json = new("--json") { Description = "one record, schema memcore.replay/1" };
        Option<long?> tries = OptionValues.Count("--tries", $"runs of a soak's repro; default {TriesDefault}");
        Option<bool> threads = new("--threads") { Description = "each actor on an OS thread of its own: the same run with a native stack for each" };
        Option<bool> all = new("--all") { Description = "prints every step, also those on words that only one actor touches" };
        Command command = new("replay", "Repeats a schedule exactly and prints the interleaving, or runs a soak's repro file again.") { what, json, tries, threads, all };
        command.SetAction(parsed => Run(
            parsed.GetValue(what)!, parsed.GetValue(json), (int)(parsed.GetValue(tries) ?? TriesDefault), parsed.GetValue(threads), parsed.GetValue(all)));
        return command;
    }

    private static int Run(string what, bool json, int tries, bool threads, bool all)
    {
        if (!Seam.Exploring)
        {
            return ReproFile.TryRead(what, out ReproFile? repro, out string reason) ? RunSoak(what, repro, json, tries) : CommandLine.Complain(reason, ["replay"]);
        }
        try
        {
            if (File.Exists(what)) { what = File.ReadAllText(what); }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CommandLine.Refuse($"cannot read {what}: {e.Message}");
        }
        if (!Schedule.TryParse(what, out Schedule schedule, out string error)) { return CommandLine.Complain(error, ["replay"]); }
        Variant? variant = ScenarioCatalogue.Find(schedule.Scenario)?.Variants.FirstOrDefault(v => v.Slug == schedule.Variant);
        if (schedule.Scenario == RecordedScenario.Name && !RecordedScenario.TryFind(schedule, PlantedBug.None, out variant, out error)) { return CommandLine.Complain(error, ["replay"]); }
        if (variant is null) { return CommandLine.Complain($"this build has no {schedule.Scenario}/{schedule.Variant}", ["replay"]); }
        if (schedule.Planted is { } planted)
        {
            if (!Enum.TryParse(planted, out PlantedBug bug)) { return CommandLine.Complain($"this build has no planted bug {planted}", ["replay"]); }
            variant = variant with { Planted = bug };
        }
        try
        {
            return Print(schedule, Verdict.Replay(variant, schedule, threads), json, all);
        }
        catch (Exception e) when (e is LabException or ArgumentException)
        {
            Console.Error.WriteLine($"memcore: the schedule is from another build, or was changed, and does not fit this one: {e.Message}");
            return ExitCode.LabFailed;
        }
    }

    private static int Print(Schedule schedule, Replayed replay, bool json, bool all)
    {
        string end = replay.End == RunEnd.Violated ? $"{replay.Violation}: {replay.Text}" : replay.End.ToString();
        string trace = TraceHash.Short(replay.TraceHash);
        bool sameBuild = schedule.Trace is null || schedule.Trace == trace;
        if (!sameBuild)
        {
            Console.Error.WriteLine($"memcore: the schedule is from another build: its run left trace {schedule.Trace}, this one leaves {trace}; it fits and was run all the same");
        }
        if (!json)
        {
            Console.Write($"{replay.Cast}\n{(all ? replay.AllSteps : replay.Interleaving)}");
            Console.WriteLine($"{end} ({replay.Preemptions} preemptions, trace {replay.TraceHash:x16})");
        }
        else
        {
            Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object?>
            {
                ["schema"] = "memcore.replay/1",
                ["schedule"] = schedule.ToString(),
                ["end"] = replay.End.ToString(),
                ["violation"] = replay.End == RunEnd.Violated ? replay.Violation.ToString() : null,
                ["text"] = replay.Text,
                ["preemptions"] = replay.Preemptions,
                ["trace"] = $"{replay.TraceHash:x16}",
                ["sameBuild"] = schedule.Trace is null ? null : sameBuild,
            }));
        }
        return replay.End == RunEnd.Violated ? ExitCode.Finding : ExitCode.Done;
    }

    // Real threads repeat a finding only with some probability: the rate is the answer.
    private static int RunSoak(string file, ReproFile repro, bool json, int tries)
    {
        int reproduced = 0;
        for (int i = 1; i <= tries; i++)
        {
            bool again = ShowsAgain(repro);
            reproduced += again ? 1 : 0;
            Console.Error.WriteLine($"run {i} of {tries}: {(again ? repro.Fingerprint : "not seen")}");
        }
        Console.WriteLine(json
            ? JsonSerializer.Serialize(new Dictionary<string, object?>
            {
                ["schema"] = "memcore.replay/1",
                ["repro"] = file,
                ["fingerprint"] = repro.Fingerprint,
                ["reproduced"] = reproduced,
                ["tries"] = tries,
            })
            : $"{repro.Fingerprint}: reproduced {reproduced} of {tries}");
        return reproduced > 0 ? ExitCode.Finding : ExitCode.Done;
    }

    private static bool ShowsAgain(ReproFile repro)
    {
        string self = Environment.ProcessPath ?? "dotnet";
        ProcessStartInfo start = new(self) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(self) == "dotnet") { start.ArgumentList.Add(typeof(ReplayVerb).Assembly.Location); }
        for (int i = 0; i < repro.Arguments.Count; i++)
        {
            if (repro.Arguments[i] is "--json" or "--quiet") { continue; }
            if (repro.Arguments[i] == "--out")
            {
                i++;
                continue;
            }
            start.ArgumentList.Add(repro.Arguments[i]);
        }
        start.ArgumentList.Add("--json");
        using Process child = Process.Start(start)!;
        child.ErrorDataReceived += (_, _) => { };
        child.BeginErrorReadLine();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return output.Contains($"\"{repro.Fingerprint}\"", StringComparison.Ordinal);
    }
}
