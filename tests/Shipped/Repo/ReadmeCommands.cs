using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MemCore.Tests.Repo;

/// <summary>A command of the README with what it promises; <paramref name="RunAs"/> stands in for one that takes too long.</summary>
internal sealed record ReadmeCommand(int Line, string Arguments, int Exit, IReadOnlyList<string> Contains, string? RunAs);

/// <summary>
/// Reads fenced sh blocks. The line before the fence is a comment: <c>test: exit N, contains "text"</c>, more <c>contains</c> if wanted, and
/// <c>run-as: soak --duration 3s</c> at its end for a shorter run; or <c>not tested: reason</c>.
/// </summary>
internal static partial class ReadmeCommands
{
    private const int TimeoutMs = 180_000;

    public static IReadOnlyList<ReadmeCommand> In(string text, out IReadOnlyList<Finding> findings)
    {
        var commands = new List<ReadmeCommand>();
        var found = new List<Finding>();
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        bool inBlock = false, isShell = false;
        string comment = "";
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                inBlock = !inBlock;
                isShell = inBlock && lines[i].TrimEnd() == "```sh";
                comment = inBlock && i > 0 ? lines[i - 1] : "";
                continue;
            }
            Match command = isShell ? CommandLine().Match(lines[i]) : Match.Empty;
            if (!command.Success || NotTested().IsMatch(comment)) { continue; }
            Match promise = Promise().Match(comment);
            if (!promise.Success)
            {
                found.Add(new Finding("README.md", i + 1, "a command whose block has no line '<!-- test: exit N, contains \"text\" -->' before it"));
                continue;
            }
            commands.Add(new ReadmeCommand(
                i + 1, command.Groups[1].Value.Trim(), int.Parse(promise.Groups[1].Value),
                [.. promise.Groups[2].Captures.Select(capture => capture.Value)], promise.Groups[3].Success ? promise.Groups[3].Value.Trim() : null));
        }
        findings = found;
        return commands;
    }

    /// <summary>Runs the built command in a child process at the repository's root. Blocks until it ends or the time is up.</summary>
    public static IEnumerable<Finding> Run(ReadmeCommand command)
    {
        string arguments = command.RunAs ?? command.Arguments;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = RepoFiles.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Arguments = $"exec \"{Path.Combine(AppContext.BaseDirectory, "memcore.dll")}\" {arguments}",
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeoutMs))
        {
            process.Kill(entireProcessTree: true);
            yield return new Finding("README.md", command.Line, $"'memcore {arguments}' did not end");
            yield break;
        }
        string said = output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult();
        if (process.ExitCode != command.Exit)
        {
            yield return new Finding("README.md", command.Line, $"'memcore {arguments}' ended with {process.ExitCode}, promised {command.Exit}: {said}");
        }
        foreach (string text in command.Contains.Where(text => !said.Contains(text, StringComparison.Ordinal)))
        {
            yield return new Finding("README.md", command.Line, $"'memcore {arguments}' did not say \"{text}\": {said}");
        }
    }

    [GeneratedRegex(@"^\$?\s*dotnet run (?:-c Release )?--project src/Cli(?: -c Release)?(?: --)?(?=\s|$)([^#]*)")]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"^<!-- test: exit (\d+)(?:, contains ""([^""]+)"")*(?:[,;] run-as: (.+?))? -->\s*$")]
    private static partial Regex Promise();

    [GeneratedRegex(@"^<!-- not tested: \S.* -->\s*$")]
    private static partial Regex NotTested();
}
