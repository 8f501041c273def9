using System.CommandLine;

namespace MemCore.Cli;

/// <summary>memcore completion SHELL: a script that asks the command itself for suggestions.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        _memcore() {
            local IFS=$'\n'
            COMPREPLY=($(memcore "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _memcore memcore
        """;

    private const string Zsh = """
        #compdef memcore
        _memcore() {
            local -a words_found
            words_found=("${(@f)$(memcore "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words_found
        }
        compdef _memcore memcore
        """;

    private const string Fish = """
        function __memcore_complete
            set -l line (commandline -cp)
            memcore "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c memcore -a '(__memcore_complete)'
        """;

    public static Command Create()
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command command = new("completion", "Prints a completion script for a shell.") { shell };
        command.SetAction(parsed =>
        {
            Console.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCode.Done;
        });
        return command;
    }
}
