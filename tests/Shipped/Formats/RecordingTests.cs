using System.Security.Cryptography;

namespace MemCore.Tests.Formats;

public class RecordingTests
{
    [Fact]
    public void TheSumsCoverEveryRecordingAndMatch()
    {
        Dictionary<string, string> sums = RealHost.Text("SHA256SUMS").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(line => line[66..], line => line[..64]);
        string[] files = [.. Directory.EnumerateFiles(RealHost.Folder).Select(file => Path.GetFileName(file))
            .Where(name => name != "SHA256SUMS")];

        Assert.Equal(files.Order(StringComparer.Ordinal), sums.Keys.Order(StringComparer.Ordinal));
        Assert.All(files, name => Assert.Equal(sums[name],
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(RealHost.PathOf(name))))));
    }
}
