namespace MemCore.Tests.Cli;

[Collection("Soak")]
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memcore-bad-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("nonsense", "nonsense")]
    [InlineData("", "usage")]
    [InlineData("soak --nonsense", "--nonsense")]
    [InlineData("soak --threads 0", "--threads")]
    [InlineData("soak --threads many", "--threads")]
    [InlineData("soak --frames 0", "--frames")]
    [InlineData("soak --host synthetic --frames 10", "--frames")]
    [InlineData("soak --workload nonsense", "nonsense")]
    [InlineData("soak --workload mixed,", "--workload")]
    [InlineData("soak --duration 5", "--duration")]
    [InlineData("soak --duration 0s", "--duration")]
    [InlineData("soak --seed zero", "--seed")]
    [InlineData("soak --cpus 3-1", "--cpus")]
    [InlineData("soak --chaos extreme", "--chaos")]
    [InlineData("soak --frame-bytes 100", "--frame-bytes")]
    [InlineData("soak --deferred maybe", "--deferred")]
    [InlineData("soak --nodes 1000", "--nodes")]
    [InlineData("soak --policy a/b", "there is no scenario \"a\"")]
    [InlineData("soak --profile", "not available yet")]
    [InlineData("soak --resume .", "journal.jsonl: no such file")]
    [InlineData("soak --plant nonsense", "--plant")]
    [InlineData("soak --host /no/such/host", "/no/such/host")]
    [InlineData("topology --nonsense", "--nonsense")]
    [InlineData("completion tcsh", "tcsh")]
    public void AWrongWishIsOneLineAndTheUsageOnStderrAndExit2(string arguments, string named)
    {
        MemcoreResult result = MemcoreProcess.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Contains("usage: memcore", result.Error, StringComparison.Ordinal);
        Assert.InRange(result.Error.TrimEnd('\n').Split('\n').Length, 1, 2);
    }

    [Theory]
    [InlineData("soak --host synthetic --frames 268435456 --frame-bytes 4096", "available")]
    [InlineData("soak --cpus 60000", "60000")]
    [InlineData("soak --host synthetic --frames 65536 --duration 1s --out /proc/nowhere", "--out")]
    public void WhatThisMachineCannotDoIsOneLineAndExit3(string arguments, string named)
    {
        MemcoreResult result = MemcoreProcess.Run(arguments.Split(' '));

        Assert.Equal(3, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void ATruncatedImageIsRefusedAndNothingIsWritten()
    {
        string image = Path.Combine(_folder, "kpageflags");
        File.WriteAllBytes(image, new byte[(8 * 4096) + 3]);
        string output = Path.Combine(_folder, "out");

        MemcoreResult result = MemcoreProcess.Run("soak", "--host", image, "--out", output);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains(image, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void AnImageThatIsNoPageMapIsRefused()
    {
        string image = Path.Combine(_folder, "kpageflags");
        byte[] noise = new byte[8 * 4096];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(image, noise);

        MemcoreResult result = MemcoreProcess.Run("soak", "--host", image);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains("not a kpageflags image", result.Error, StringComparison.Ordinal);
    }
}
