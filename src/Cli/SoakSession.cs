using System.Runtime.InteropServices;
using MemCore.Lab.Soak;

namespace MemCore.Cli;

/// <summary>One soak from the command line: signals, output, exit code.</summary>
internal static class SoakSession
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    public static int Run(SoakOptions options, bool json, bool quiet) => Run(options, json, quiet, out _);

    /// <summary>As above; <paramref name="ended"/> is null when the run could not begin.</summary>
    public static int Run(SoakOptions options, bool json, bool quiet, out SoakReport? ended)
    {
        ended = null;
        if (options.Out is { } directory && !OutDirectory.CanPrepare(directory, out string complaint)) { return CommandLine.Refuse(complaint); }
        using LiveScreen? screen = quiet || json ? null : LiveScreen.OnTerminal();
        using SoakReporter reporter = new(Console.Out, screen?.Log ?? Console.Error, json, quiet, screen is not null);
        using SoakRunner runner = new(options, reporter);
        if (!runner.TryPrepare(out SetupError? error))
        {
            return error.ExitCode == ExitCode.Usage ? CommandLine.Complain(error.Text, ["soak"]) : CommandLine.Refuse(error.Text);
        }
        int signals = 0;
        using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, Interrupt));
        using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, Terminate));
        screen?.Show(runner.Snapshot);
        SoakReport report = runner.Run();
        reporter.Dispose();
        screen?.Dispose();
        Console.Out.WriteLine(json ? SoakJson.Report(report) : SoakText.Report(report));
        SaveSummary(options, report);
        SoakCases.Publish(options, report);
        if (options.Out is not null && !runner.TrySaveState(options.Out, out string? reason))
        {
            Console.Error.WriteLine($"memcore: the final state could not be saved: {reason}");
        }
        ended = report;
        return report.ExitCode;

        // The first one drains and summarises, the second one ends the process at once.
        void Stop(PosixSignalContext context, int signal)
        {
            context.Cancel = Interlocked.Increment(ref signals) == 1;
            if (!context.Cancel) { screen?.Restore(); }
            runner.RequestStop(signal);
        }
    }

    private static void SaveSummary(SoakOptions options, SoakReport report)
    {
        if (options.Out is null) { return; }
        try
        {
            Directory.CreateDirectory(options.Out);
            string path = Path.Combine(options.Out, "summary.json");
            File.WriteAllText(path + ".tmp", SoakJson.Report(report) + "\n");
            File.Move(path + ".tmp", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"memcore: the summary could not be saved: {e.Message}");
        }
    }
}
