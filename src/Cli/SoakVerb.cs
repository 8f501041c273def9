using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Scenarios;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Cli;

/// <summary>memcore soak: workloads at full speed on pinned threads, audited and reported.</summary>
internal sealed class SoakVerb
{
    private static readonly TimeSpan s_auditPeriodMost = TimeSpan.FromSeconds(9);

    // Who faults at pages that others migrate.
    private static readonly string[] s_policyWorkloads = [WorkloadList.MigrateSharedAnon, WorkloadList.MigratePageCache];

    private readonly Option<TimeSpan?> _duration = OptionValues.Duration("--duration", "how long to run; default 60s");
    private readonly Option<long?> _ops = OptionValues.Count("--ops", "ends earlier, after so many operations of all threads together");
    private readonly Option<long?> _threads = OptionValues.Count("--threads", "worker threads, more than cores too; default one for each CPU");
    private readonly Option<IReadOnlyList<int>?> _cpus = OptionValues.Cpus("--cpus", "CPUs to run on, as taskset takes them; default all allowed ones");
    private readonly Option<long?> _nodes = OptionValues.Count("--nodes", "memory nodes the frames are divided into; default 1");
    private readonly Option<ulong?> _seed = OptionValues.Seed("--seed", "default: drawn and printed");
    private readonly Option<string?> _workload = new("--workload")
    {
        Description = $"{string.Join(", ", WorkloadList.Names)}; several with commas; default mixed",
        HelpName = "NAME[,NAME]",
    };

    private readonly Option<string?> _host = new("--host")
    {
        Description = "page map to start from: a directory or kpageflags file, live, or synthetic; default the recorded fragmented host",
        HelpName = "PATH|live|synthetic",
    };

    private readonly Option<string?> _deferred = OptionValues.OneOf("--deferred", "frames of deferred initialisation; default absent", "absent", "free");
    private readonly Option<long?> _frames = OptionValues.Count("--frames", "cuts a recorded host, sizes a synthetic one");
    private readonly Option<long?> _frameBytes = OptionValues.Size("--frame-bytes", "memory behind each frame, a power of two from 64; default what fits");
    private readonly Option<string[]?> _policy = new("--policy")
    {
        Description = $"protocol variant of the migration workloads; default workloads then {string.Join(',', s_policyWorkloads)}; several, with commas or by repeating it, are run in turn and compared",
        HelpName = "SCENARIO/VARIANT",
    };

    private readonly Option<bool> _checked = new("--checked") { Description = "all checks: lock ranks, owners, contents at each access, last taker of each reference" };
    private readonly Option<string?> _chaos = OptionValues.OneOf("--chaos", "random delays, forced CPU moves, refused allocations; default off", "off", "low", "high");
    private readonly Option<bool> _profile = new("--profile") { Description = "contention profile beside the run" };
    private readonly Option<string?> _out = new("--out") { Description = "directory for findings, the summary and the machine as the run left it", HelpName = "DIR" };
    private readonly Option<string?> _junit = new("--junit") { Description = "writes the outcome as JUnit XML to FILE", HelpName = "FILE" };
    private readonly Option<string?> _resume = new("--resume") { Description = "continue a run saved in DIR", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "JSON Lines on stdout" };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "findings and summary only" };
    private readonly Option<string?> _plant = new("--plant") { Hidden = true };
    private readonly Option<TimeSpan?> _auditEvery = OptionValues.Duration("--audit-every", "period of the full audit; default and most 9s, so that two begin within 10s of each other");
    private readonly Option<TimeSpan?> _stallAfter = OptionValues.Duration("--stall-after", "no progress of a task for so long ends the run; default 10s");

    private readonly Command _command;

    private SoakVerb()
    {
        _workload.CompletionSources.Add([.. WorkloadList.Names]);
        _host.CompletionSources.Add("live", "synthetic");
        _command = new Command("soak", "Runs workloads at full speed on pinned threads, audits, reports.")
        {
            _duration, _ops, _threads, _cpus, _nodes, _seed, _workload, _host, _deferred, _frames, _frameBytes, _policy, _checked, _chaos, _profile,
            _out, _junit, _resume, _json, _quiet, _plant, _auditEvery, _stallAfter,
        };
        _command.SetAction(Run);
    }

    public static Command Create() => new SoakVerb()._command;

    /// <summary>The options that a saved command line asks for. False: this build does not understand it; one line says why.</summary>
    /// <param name="arguments">The verb first.</param>
    /// <param name="options">With the arguments as they are.</param>
    /// <param name="complaint">Empty on success.</param>
    public static bool TryOptions(IReadOnlyList<string> arguments, [NotNullWhen(true)] out SoakOptions? options, out string complaint)
    {
        SoakVerb verb = new();
        ParseResult parsed = verb._command.Parse([.. arguments.Skip(1)]);
        options = null;
        complaint = parsed.Errors.Count > 0 ? parsed.Errors[0].Message : string.Empty;
        return complaint.Length == 0 && verb.TryOptions(parsed, out options, out complaint);
    }

    private int Run(ParseResult parsed)
    {
        SoakOptions? options;
        if (parsed.GetValue(_resume) is { } directory)
        {
            if (Beside(parsed, _resume, _duration, _json, _quiet, _out) is { } foreign)
            {
                return CommandLine.Complain($"--resume goes on with the options of the run: {foreign} cannot be given with it", ["soak"]);
            }
            if (!SoakResume.TryOptions(directory, parsed.GetValue(_duration), parsed.GetValue(_out), out options, out SetupError? error))
            {
                return error.ExitCode == ExitCode.Usage ? CommandLine.Complain(error.Text, ["soak"]) : CommandLine.Refuse(error.Text);
            }
        }
        else if (!TryOptions(parsed, out options, out string complaint))
        {
            return CommandLine.Complain(complaint, ["soak"]);
        }
        string[] policies = PolicyNames(parsed);
        if (policies.Length > 1) { return SoakComparison.Run(options, policies, parsed.GetValue(_json), parsed.GetValue(_quiet)); }
        return SoakSession.Run(options, parsed.GetValue(_json), parsed.GetValue(_quiet));
    }

    // The first option that was given and is none of these.
    private static string? Beside(ParseResult parsed, params Option[] allowed) =>
        parsed.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(o => !o.Implicit && !allowed.Contains(o.Option))?.Option.Name;

    private bool TryOptions(ParseResult parsed, [NotNullWhen(true)] out SoakOptions? options, out string complaint)
    {
        options = null;
        complaint = NotYet(parsed) ?? Contradiction(parsed) ?? UnknownPolicy(parsed) ?? string.Empty;
        if (complaint.Length > 0) { return false; }
        PlantedBug plant = PlantedBug.None;
        if (parsed.GetValue(_plant) is { } bug && !Enum.TryParse(bug, out plant))
        {
            complaint = $"--plant: there is no planted bug \"{bug}\"";
            return false;
        }
        ulong seed = parsed.GetValue(_seed) ?? (ulong)Random.Shared.NextInt64();
        TimeSpan auditEvery = parsed.GetValue(_auditEvery) ?? s_auditPeriodMost;
        List<string> arguments = [.. parsed.Tokens.Select(t => t.Value)];
        if (arguments.FirstOrDefault() != _command.Name) { arguments.Insert(0, _command.Name); }
        if (parsed.GetValue(_seed) is null) { arguments.AddRange(["--seed", $"0x{seed:x}"]); }
        options = new SoakOptions
        {
            Workloads = WorkloadNames(parsed),
            Duration = parsed.GetValue(_duration) ?? (parsed.GetValue(_ops) is null ? TimeSpan.FromSeconds(60) : TimeSpan.FromDays(1)),
            Operations = parsed.GetValue(_ops) ?? 0,
            Threads = (int)(parsed.GetValue(_threads) ?? 0),
            Cpus = parsed.GetValue(_cpus),
            Nodes = (int)(parsed.GetValue(_nodes) ?? 1),
            Seed = seed,
            Host = parsed.GetValue(_host),
            DeferredFree = parsed.GetValue(_deferred) == "free",
            Frames = (int)(parsed.GetValue(_frames) ?? 0),
            FrameBytes = (int)(parsed.GetValue(_frameBytes) ?? 0),
            Policy = PolicyNames(parsed) is [{ } policy, ..] && ProtocolCatalogue.TryFind(policy, out Protocol? protocol, out _) ? protocol : new Protocol(),
            PolicyName = PolicyNames(parsed).FirstOrDefault(),
            Checked = parsed.GetValue(_checked),
            Chaos = parsed.GetValue(_chaos) switch { "low" => ChaosLevel.Low, "high" => ChaosLevel.High, _ => ChaosLevel.Off },
            Out = parsed.GetValue(_out),
            JUnit = parsed.GetValue(_junit),
            JournalDirectory = parsed.GetValue(_out),
            Plant = plant,
            AuditPeriod = auditEvery > s_auditPeriodMost ? s_auditPeriodMost : auditEvery,
            StallLimit = parsed.GetValue(_stallAfter) ?? TimeSpan.FromSeconds(10),
            Command = CommandText(arguments),
            Arguments = arguments,
        };
        return true;
    }

    private string? NotYet(ParseResult parsed) => parsed.GetValue(_profile) ? "--profile is not available yet in this version" : null;

    private string? UnknownPolicy(ParseResult parsed)
    {
        string[] names = PolicyNames(parsed);
        foreach (string name in names)
        {
            if (!ProtocolCatalogue.TryFind(name, out _, out string complaint)) { return $"--policy: {complaint}"; }
        }
        return names.Length > 1 && parsed.GetValue(_out) is not null ? "--out takes one --policy: a comparison prints its table" : null;
    }

    private string[] PolicyNames(ParseResult parsed) =>
        [.. (parsed.GetValue(_policy) ?? []).SelectMany(p => p.Split(',', StringSplitOptions.RemoveEmptyEntries))];

    private string? Contradiction(ParseResult parsed)
    {
        foreach (string name in WorkloadNames(parsed))
        {
            if (!WorkloadList.Names.Contains(name)) { return $"--workload: there is no workload \"{name}\" (there are {string.Join(", ", WorkloadList.Names)})"; }
        }
        if (parsed.GetValue(_threads) is > SoakLimits.ThreadsMax) { return $"--threads takes at most {SoakLimits.ThreadsMax}"; }
        if (parsed.GetValue(_nodes) is > SoakLimits.NodesMax) { return $"--nodes takes at most {SoakLimits.NodesMax}"; }
        if (parsed.GetValue(_frames) is > SoakLimits.FramesMax) { return $"--frames takes at most {SoakLimits.FramesMax}"; }
        if (parsed.GetValue(_frameBytes) is { } bytes && (bytes is < 64 or > 4096 || (bytes & (bytes - 1)) != 0))
        {
            return $"--frame-bytes takes a power of two from 64 to 4096, not {bytes}";
        }
        return null;
    }

    private string[] WorkloadNames(ParseResult parsed) =>
        parsed.GetValue(_workload)?.Split(',') ?? (PolicyNames(parsed).Length > 0 ? s_policyWorkloads : [WorkloadList.Mixed]);

    /// <summary>A command line as one types it.</summary>
    public static string CommandText(IEnumerable<string> arguments) => "memcore " + string.Join(' ', arguments.Select(Quoted));

    private static string Quoted(string argument) => argument.Contains(' ') ? $"'{argument}'" : argument;
}
