using System.Text;

namespace MemCore.Cli.PageTypes;

/// <summary>The verb as the command line calls it.</summary>
internal static class PageTypesVerb
{
    public const string Usage = """
        usage: memcore page-types [options]
          -F, --kpageflags FILE    the flags image, plain or gzip; without it the running machine (root only)
          -r, --raw                developers' flags too
          -b, --bits BITS          only pages with: a,b any of them; a,b=a exactly a of these; a,~b a without b; =a,b nothing else
          -a, --addr RANGE         only pfns N, N+M (M pages), N,M (up to M), "N,", ",M"; may be repeated
          -l, --list               list runs of pages that are alike
          -L, --list-each          list every page
          -N, --no-summary         no summary
          -M, --list-mapcnt        map counts in the list
          -C, --list-cgroup        memory cgroups in the list
              --kpagecount FILE    where -M reads; default: the one beside the flags image
              --kpagecgroup FILE   where -C reads; default: the one beside the flags image
              --diff IMAGE         count per flag the pages that differ between FILE and IMAGE
              --export FILE        take a host into an engine, write the engine's own flags image (.gz: compressed), compare it with the host
              --host PATH          of --export: a directory or flags image, live, or synthetic; default: the recorded fragmented host
              --seed SEED          of --export: the synthetic host; default: drawn and printed
              --frames N           of --export: cuts a recorded host, sizes a synthetic one
              --deferred WHAT      of --export: frames of deferred initialisation are absent (default) or free
              --json               JSON Lines, schema memcore.page-types/1
          -h, --help               this text

        """;

    /// <summary>Parses, runs, prints. The exit code: 0 done, 1 an export that differs, 2 usage, 3 a file cannot be read or the output not written.</summary>
    public static int Invoke(string[] args)
    {
        using Stream output = Console.OpenStandardOutput();
        return Invoke(args, output, Console.Error);
    }

    internal static int Invoke(string[] args, Stream output, TextWriter stderr)
    {
        if (!PageTypesParser.TryParse(args, out PageTypesOptions? options, out string? complaint))
        {
            stderr.Write($"page-types: {complaint} (page-types --help tells more)\n");
            return PageTypesCommand.ExitUsage;
        }
        try
        {
            using var stdout = new StreamWriter(output, new UTF8Encoding(false), bufferSize: 1 << 16, leaveOpen: true);
            if (options.Help)
            {
                stdout.Write(Usage.ReplaceLineEndings("\n"));
                return PageTypesCommand.ExitDone;
            }
            return options.ExportPath is null ? new PageTypesCommand().Run(options, stdout, stderr) : ExportCommand.Run(options, stdout, stderr);
        }
        catch (IOException thrown)
        {
            // Reading errors were turned into results below this: it is the output that failed. A closed pipe does not come here.
            stderr.Write($"page-types: cannot write the output: {thrown.Message}\n");
            return PageTypesCommand.ExitUnreadable;
        }
    }
}
