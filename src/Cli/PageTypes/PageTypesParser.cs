using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MemCore.Cli.PageTypes;

/// <summary>Reads options as the kernel's tool does: bundled (<c>-rlN</c>), attached (<c>-b=buddy</c>), long ones also shortened.</summary>
/// <remarks>Unlike the tool, <c>--kpageflags</c> takes its file, and an argument that is no option is an error.</remarks>
internal static class PageTypesParser
{
    private static readonly Option[] s_options =
    [
        new('F', "kpageflags", "FILE", (run, value) => run.Options = run.Options with { FlagsPath = value }),
        new('r', "raw", null, (run, _) => run.Options = run.Options with { Raw = true }),
        new('b', "bits", "BITS", AddFilter),
        new('a', "addr", "RANGE", AddRange),
        new('l', "list", null, (run, _) => run.Options = run.Options with { Listing = PageListing.Ranges }),
        new('L', "list-each", null, (run, _) => run.Options = run.Options with { Listing = PageListing.Each }),
        new('N', "no-summary", null, (run, _) => run.Options = run.Options with { NoSummary = true }),
        new('M', "list-mapcnt", null, (run, _) => run.Options = run.Options with { ListMapCount = true }),
        new('C', "list-cgroup", null, (run, _) => run.Options = run.Options with { ListCgroup = true }),
        new('h', "help", null, (run, _) => run.Options = run.Options with { Help = true }),
        new(null, "kpagecount", "FILE", (run, value) => run.Options = run.Options with { CountPath = value }),
        new(null, "kpagecgroup", "FILE", (run, value) => run.Options = run.Options with { CgroupPath = value }),
        new(null, "json", null, (run, _) => run.Options = run.Options with { Json = true }),
        new(null, "diff", "IMAGE", (run, value) => run.Options = run.Options with { DiffPath = value }),
        new(null, "export", "FILE", (run, value) => run.Options = run.Options with { ExportPath = value }),
        new(null, "host", "PATH", (run, value) => run.Options = run.Options with { Host = value }),
        new(null, "seed", "SEED", SetSeed),
        new(null, "frames", "N", SetFrames),
        new(null, "deferred", "absent|free", SetDeferred),
    ];

    /// <summary>False: <paramref name="complaint"/> is one line without the program's name.</summary>
    public static bool TryParse(IReadOnlyList<string> args, [NotNullWhen(true)] out PageTypesOptions? options,
        [NotNullWhen(false)] out string? complaint)
    {
        var run = new Parse(args);
        while (run.Complaint is null && run.TryNext(out string? arg))
        {
            if (arg.StartsWith("--", StringComparison.Ordinal) && arg.Length > 2)
            {
                TakeLong(run, arg[2..]);
            }
            else if (arg.Length > 1 && arg[0] == '-' && arg != "--")
            {
                TakeBundle(run, arg);
            }
            else if (arg != "--")
            {
                run.Complaint = $"unexpected argument '{arg}'";
            }
        }
        complaint = run.Complaint ?? Conflict(run.Options);
        options = complaint is null ? run.Options : null;
        return options is not null;
    }

    private static void TakeBundle(Parse run, string arg)
    {
        for (int i = 1; i < arg.Length && run.Complaint is null; i++)
        {
            Option? option = Array.Find(s_options, candidate => candidate.Letter == arg[i]);
            if (option is null)
            {
                run.Complaint = IsLiveOnly(arg[i])
                    ? $"option -{arg[i]} needs a running machine's processes or changes its pages; it is not offered here"
                    : $"unknown option -{arg[i]}";
            }
            else if (option.Argument is null)
            {
                option.Apply(run, "");
            }
            else
            {
                // The rest of the word is the argument, or else the next word.
                run.ApplyWithArgument(option, $"-{arg[i]}", i + 1 < arg.Length ? arg[(i + 1)..] : null);
                return;
            }
        }
    }

    private static void TakeLong(Parse run, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        string? attached = equals < 0 ? null : text[(equals + 1)..];
        Option[] exact = Array.FindAll(s_options, option => option.Name == name);
        Option[] matches = exact.Length > 0 ? exact
            : Array.FindAll(s_options, option => option.Name.StartsWith(name, StringComparison.Ordinal));
        if (matches.Length != 1)
        {
            run.Complaint = matches.Length == 0 ? $"unknown option --{name}"
                : $"--{name} may mean {string.Join(" or ", matches.Select(option => $"--{option.Name}"))}";
        }
        else if (matches[0].Argument is not null)
        {
            run.ApplyWithArgument(matches[0], $"--{matches[0].Name}", attached);
        }
        else if (attached is not null)
        {
            run.Complaint = $"--{matches[0].Name} takes no argument";
        }
        else
        {
            matches[0].Apply(run, "");
        }
    }

    private static void AddFilter(Parse run, string value)
    {
        if (BitsFilter.TryParse(value, out BitsFilter filter, out run.Complaint))
        {
            run.Options = run.Options with { Filters = [.. run.Options.Filters, filter] };
        }
    }

    private static void AddRange(Parse run, string value)
    {
        if (PfnRange.TryParse(value, out PfnRange range, out run.Complaint))
        {
            run.Options = run.Options with { Ranges = [.. run.Options.Ranges, range] };
        }
    }

    private static void SetSeed(Parse run, string value)
    {
        if (OptionValues.TrySeed(value, out ulong seed)) { run.Options = run.Options with { Seed = seed }; }
        else { run.Complaint = $"--seed takes a 64-bit number, decimal or 0x…, not '{value}'"; }
    }

    private static void SetFrames(Parse run, string value)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int frames) && frames > 0)
        {
            run.Options = run.Options with { Frames = frames };
        }
        else
        {
            run.Complaint = $"--frames takes a whole number from 1 to {int.MaxValue}, not '{value}'";
        }
    }

    private static void SetDeferred(Parse run, string value)
    {
        if (value is "absent" or "free") { run.Options = run.Options with { Deferred = value }; }
        else { run.Complaint = $"--deferred takes one of absent, free, not '{value}'"; }
    }

    private static string? Conflict(PageTypesOptions options)
    {
        bool reads = options.FlagsPath is not null || options.CountPath is not null || options.CgroupPath is not null || options.DiffPath is not null
            || options.Raw || options.Filters.Count > 0 || options.Ranges.Count > 0;
        bool lists = options.Listing != PageListing.None || options.ListMapCount || options.ListCgroup || options.NoSummary;
        if (options.ExportPath is not null && (reads || lists)) { return "--export writes an image and prints none: of the others only --json goes with it"; }
        if (options.ExportPath is null && (options.Host ?? options.Deferred) is null && options.Seed is null && options.Frames == 0)
        {
            return options.DiffPath is not null && lists ? "--diff compares whole flags; -l, -L, -M, -C and -N do not go with it" : null;
        }
        return options.ExportPath is null ? "--host, --seed, --frames and --deferred say what --export FILE writes; it is missing" : null;
    }

    /// <summary>-p, -f, -c, -d, -i, -X, -x of the kernel's tool.</summary>
    private static bool IsLiveOnly(char letter) => letter is 'p' or 'f' or 'c' or 'd' or 'i' or 'X' or 'x';

    private sealed record Option(char? Letter, string Name, string? Argument, Action<Parse, string> Apply);

    private sealed class Parse(IReadOnlyList<string> args)
    {
        public string? Complaint;

        private int _next;

        public PageTypesOptions Options { get; set; } = new();

        public bool TryNext([NotNullWhen(true)] out string? arg)
        {
            arg = _next < args.Count ? args[_next++] : null;
            return arg is not null;
        }

        public void ApplyWithArgument(Option option, string shown, string? attached)
        {
            string? value = attached ?? (TryNext(out string? next) ? next : null);
            if (string.IsNullOrEmpty(value))
            {
                Complaint = $"{shown} needs {option.Argument}";
                return;
            }
            option.Apply(this, value);
        }
    }
}
