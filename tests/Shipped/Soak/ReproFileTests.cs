using MemCore.Lab.Soak;

namespace MemCore.Tests.Soak;

public sealed class ReproFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memcore-repro-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhatIsSavedReadsBackAndNothingElseIsLeft()
    {
        ReproFile repro = new()
        {
            Seed = 42,
            Command = "memcore soak --seed 42",
            Arguments = ["soak", "--seed", "42"],
            Fingerprint = "RefLeak:audit:I-2",
            Invariant = "RefLeak",
            Text = "one reference too many",
        };

        string path = repro.Save(Path.Combine(_folder, "new"));

        Assert.True(ReproFile.TryRead(path, out ReproFile? read, out string reason), reason);
        Assert.Equal(repro.Arguments, read.Arguments);
        Assert.Equal(repro with { Arguments = [] }, read with { Arguments = [] });
        Assert.True(read.IsSoak);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("""{"schemaName":"something/1"}""")]
    public void AForeignFileIsRefusedWithOneLine(string text)
    {
        string path = Path.Combine(_folder, "foreign.json");
        File.WriteAllText(path, text);

        Assert.False(ReproFile.TryRead(path, out _, out string reason));
        Assert.Contains(path, reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', reason);
    }
}
