using System.Diagnostics;

namespace MemCore.Tests.Cli;

/// <summary>What a memcore process printed and how it ended.</summary>
internal sealed record MemcoreResult(int ExitCode, string Out, string Error)
{
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Runs the command as scripts do: a process of its own.</summary>
internal static class MemcoreProcess
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    public static Process Start(params string[] arguments) => Process.Start(StartInfo(arguments))!;

    public static ProcessStartInfo StartInfo(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "memcore.dll"));
        foreach (string argument in arguments) { start.ArgumentList.Add(argument); }
        return start;
    }

    public static MemcoreResult Run(params string[] arguments)
    {
        using Process process = Start(arguments);
        return End(process);
    }

    /// <summary>Reads both streams to their end and waits for the exit.</summary>
    public static MemcoreResult End(Process process)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"memcore did not end within {s_limit}: {error.Result}");
        }
        return new MemcoreResult(process.ExitCode, output.Result, error.Result);
    }
}
