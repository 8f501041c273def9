using System.Diagnostics;
using System.Text.Json;
using MemCore.Cli;

namespace MemCore.Tests.Cli;

public class VerbTests
{
    [Fact]
    public void TopologyIsOneRecordWithTheCpusOfThisProcess()
    {
        MemcoreResult result = MemcoreProcess.Run("topology", "--json");

        Assert.Equal(0, result.ExitCode);
        using JsonDocument record = JsonDocument.Parse(Assert.Single(result.Lines));
        Assert.Equal("memcore.topology/1", record.RootElement.GetProperty("schema").GetString());
        Assert.Equal(Environment.ProcessorCount, record.RootElement.GetProperty("cpus").GetArrayLength());
    }

    [Fact]
    public void HelpGoesToStdoutAndIsNoError()
    {
        MemcoreResult result = MemcoreProcess.Run("soak", "--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("--workload", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("--plant", result.Out, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void PageTypesTakesTheKernelToolsOwnOptions()
    {
        MemcoreResult result = MemcoreProcess.Run("page-types", "-F", "/no/such/image");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/no/such/image", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TheBashCompletionScriptSuggestsOptions()
    {
        if (OperatingSystem.IsWindows() || !File.Exists("/bin/bash")) { Assert.Skip("needs bash"); }
        string dll = Path.Combine(AppContext.BaseDirectory, "memcore.dll");
        string script = $$"""
            memcore() { dotnet '{{dll}}' "$@"; }
            source <(memcore completion bash)
            COMP_LINE='memcore soak --wor'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(memcore soak --wor); COMP_CWORD=2
            _memcore
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        ProcessStartInfo start = new("/bin/bash") { RedirectStandardOutput = true, ArgumentList = { "-c", script } };
        using Process bash = Process.Start(start)!;
        string suggested = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();

        Assert.Equal("--workload", suggested.Trim());
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("60s", 60_000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("8h", 28_800_000)]
    public void DurationsTakeTheirUnit(string text, double milliseconds)
    {
        Assert.True(OptionValues.TryDuration(text, out TimeSpan value));
        Assert.Equal(milliseconds, value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("64KiB", 65_536)]
    [InlineData("2MiB", 2 << 20)]
    [InlineData("1GiB", 1 << 30)]
    public void SizesTakeBinaryUnits(string text, long bytes)
    {
        Assert.True(OptionValues.TrySize(text, out long value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("ms")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("1e9h")]
    public void OtherDurationsAreRefused(string text) => Assert.False(OptionValues.TryDuration(text, out _));
}
