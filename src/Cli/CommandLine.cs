using System.CommandLine;
using System.CommandLine.Parsing;
using MemCore.Cli.PageTypes;

namespace MemCore.Cli;

/// <summary>The memcore command: where verbs are registered, and what a parse error looks like.</summary>
internal static class CommandLine
{
    public static int Run(string[] args)
    {
        // The kernel tool's own options (-F, -L, -N...) are not ours to parse.
        if (args.Length > 0 && args[0] == "page-types") { return PageTypesVerb.Invoke(args[1..]); }

        RootCommand root = Build();
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0) { return Complain(FirstError(parsed), args); }
        if (args.Length == 0)
        {
            Console.Error.WriteLine("usage: memcore VERB [options]   (memcore --help lists the verbs)");
            return ExitCode.Usage;
        }
        InvocationConfiguration invocation = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return parsed.Invoke(invocation);
    }

    /// <summary>All verbs. A new one is a file with a Create method and a line here.</summary>
    public static RootCommand Build()
    {
        RootCommand root = new("Linux page migration machinery as a lock-free engine: soak it, explore it, read a host's page map.");
        root.Add(SoakVerb.Create());
        root.Add(ScenariosVerb.Create());
        root.Add(ExploreVerb.Create());
        root.Add(ReplayVerb.Create());
        root.Add(CanariesVerb.Create());
        root.Add(TopologyVerb.Create());
        root.Add(CompletionVerb.Create());
        root.Add(new Command("page-types", "Reads kpageflags images and prints what the kernel's tool prints.") { TreatUnmatchedTokensAsErrors = false });
        return root;
    }

    /// <summary>One line and the usage on stderr, nothing on stdout.</summary>
    public static int Complain(string complaint, string[] args)
    {
        string? verb = args.FirstOrDefault(a => !a.StartsWith('-'));
        bool known = verb is not null && Build().Subcommands.Any(c => c.Name == verb);
        string command = known ? $"memcore {verb}" : "memcore VERB";
        Console.Error.WriteLine($"memcore: {complaint.ReplaceLineEndings(" ")}");
        Console.Error.WriteLine($"usage: {command} [options]   ({(known ? command : "memcore")} --help tells more)");
        return ExitCode.Usage;
    }

    /// <summary>Ends a run that this machine cannot do: one line on stderr.</summary>
    public static int Refuse(string reason)
    {
        Console.Error.WriteLine($"memcore: {reason.ReplaceLineEndings(" ")}");
        return ExitCode.Environment;
    }

    private static string FirstError(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens.Count > 0 && !parsed.UnmatchedTokens[0].StartsWith('-')
            ? $"there is no verb \"{parsed.UnmatchedTokens[0]}\""
            : parsed.Errors[0].Message;
}
