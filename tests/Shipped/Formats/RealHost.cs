using System.IO.Compression;
using System.Text;

namespace MemCore.Tests.Formats;

/// <summary>Where the recordings of a real machine lie in the repository.</summary>
internal static class RealHost
{
    public static readonly string[] Prefixes = ["a-loaded", "b-fragmented", "c-compacted"];

    public static string Folder { get; } = Path.Combine(Root(), "tests", "data", "real-host-6.18");

    public static string PathOf(string file) => Path.Combine(Folder, file);

    public static string FlagsOf(string prefix) => PathOf($"{prefix}-kpageflags.bin.gz");

    public static string Text(string file) => File.ReadAllText(PathOf(file));

    public static string TextOfGzip(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(PathOf(file)), CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "MemCore.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new InvalidOperationException("the tests run outside a checkout");
    }
}

/// <summary>A folder of its own for one test, gone afterwards.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("memcore-").FullName;

    public string this[string file] => Path.Combine(Folder, file);

    public string Write(string file, byte[] bytes)
    {
        File.WriteAllBytes(this[file], bytes);
        return this[file];
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
