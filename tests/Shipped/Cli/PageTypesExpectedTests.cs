using System.Text;
using MemCore.Cli.PageTypes;
using MemCore.Tests.Formats;

namespace MemCore.Tests.Cli;

/// <summary>The kernel tool's recorded output, byte for byte.</summary>
public class PageTypesExpectedTests
{
    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (string prefix in RealHost.Prefixes)
        {
            cases.Add(prefix, "summary.txt", "-F F");
            cases.Add(prefix, "summary-raw.txt", "-r -F F");
            cases.Add(prefix, "bits-anon+thp.txt", "-b anon,thp=anon,thp -F F");
            cases.Add(prefix, "bits-lru-not-mmap.txt", "-b lru,~mmap -F F");
            cases.Add(prefix, "raw-bits-mlocked.txt", "-r -b mlocked -F F");
            cases.Add(prefix, "bits-huge-list.txt.gz", "-b huge -F F -l");
            cases.Add(prefix, "bits-eq-buddy-list.txt.gz", "-b =buddy -N -l -F F");
            cases.Add(prefix, "list-180000-182000.txt", "-a 0x180000,0x182000 -l -F F");
            cases.Add(prefix, "listeach-raw-180000+256.txt", "-r -a 0x180000+256 -L -F F");
            cases.Add(prefix, "list-cgroup-mapcnt-180000-182000.txt", "-l -M -C -a 0x180000,0x182000 -F F");
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void OutputEqualsTheKernelToolsByteForByte(string prefix, string expectedSuffix, string arguments)
    {
        string file = $"expected-{prefix}-{expectedSuffix}";
        string expected = file.EndsWith(".gz", StringComparison.Ordinal) ? RealHost.TextOfGzip(file) : RealHost.Text(file);

        string[] args = [.. arguments.Split(' ').Select(word => word == "F" ? RealHost.FlagsOf(prefix) : word)];

        (int exit, string stdout, string stderr) = PageTypesRun.Invoke(args);

        Assert.Equal("", stderr);
        Assert.Equal(0, exit);
        Assert.Equal(expected, stdout);
    }

    [Fact]
    public void EveryExpectedFileInTheFolderIsCompared()
    {
        IEnumerable<string> compared = Cases().Select(row => $"expected-{row.Data.Item1}-{row.Data.Item2}");
        IEnumerable<string?> there = Directory.EnumerateFiles(RealHost.Folder, "expected-*").Select(Path.GetFileName);
        Assert.Equal(30, compared.Count());
        Assert.Equal(there.Order(StringComparer.Ordinal), compared.Order(StringComparer.Ordinal));
    }
}

/// <summary>Runs the verb in process on its bytes.</summary>
internal static class PageTypesRun
{
    public static (int Exit, string Stdout, string Stderr) Invoke(params string[] args)
    {
        using var stdout = new MemoryStream();
        using var stderr = new StringWriter();
        int exit = PageTypesVerb.Invoke(args, stdout, stderr);
        return (exit, Encoding.Latin1.GetString(stdout.ToArray()), stderr.ToString());
    }
}
