using MemCore.Primitives;

namespace MemCore.Tests.Primitives;

public sealed class ArenaImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memcore-image-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ImageLoadsIntoAnotherArenaOfTheSameColumns()
    {
        using Arena first = Make(out Column<int> numbers, out Column<ulong> words);
        for (int i = 0; i < numbers.Count; i++) { numbers[i] = i * 7; }
        words[999] = 0xfeedfacecafebeef;
        string path = Save(first);

        using Arena second = Make(out Column<int> loaded, out Column<ulong> loadedWords);
        Assert.True(ArenaImage.TryLoad(second, path, out string error), error);

        Assert.Equal(numbers.AtRest.ToArray(), loaded.AtRest.ToArray());
        Assert.Equal(0xfeedfacecafebeef, loadedWords[999]);
        Assert.Equal(first.Hash(), second.Hash());
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(0, "not an image")]
    [InlineData(7, "not an image")]
    [InlineData(30, "truncated")]
    [InlineData(-1, "truncated")]
    [InlineData(-20, "truncated")]
    public void TruncatedImageIsRefusedAndTheArenaIsAsItWas(int length, string expected)
    {
        using Arena arena = Make(out Column<int> numbers, out _);
        numbers[5] = 55;
        string path = Save(arena);
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(length < 0 ? whole.Length + length : length)]);
        numbers[5] = 1;
        Assert.False(ArenaImage.TryLoad(arena, path, out string error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.Equal(1, numbers[5]);
    }

    [Fact]
    public void FlippedByteIsRefusedOrHarmless()
    {
        using Arena arena = new(1 << 16);
        Column<int> numbers = arena.Add<int>("numbers", 100, ColumnKind.State);
        for (int i = 0; i < numbers.Count; i++) { numbers[i] = (int)((uint)i * 2654435761u); } // Hardly compressible: most bytes carry data.
        numbers[5] = 55;
        string path = Save(arena);
        byte[] whole = File.ReadAllBytes(path);
        numbers[5] = 1;
        int refused = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(path, damaged);
            bool loaded = ArenaImage.TryLoad(arena, path, out _);
            refused += loaded ? 0 : 1;
            Assert.Equal(loaded ? 55 : 1, numbers[5]);
            numbers[5] = 1;
        }

        // Time stamp, padding and code lengths that encode nothing may differ; whatever carries data may not.
        Assert.InRange(refused, whole.Length * 9 / 10, whole.Length);
    }

    [Fact]
    public void ImageOfOtherColumnsIsForeign()
    {
        using Arena arena = Make(out _, out _);
        string path = Save(arena);
        using Arena other = new(1 << 20);
        other.Add<int>("numbers", 4, ColumnKind.State);
        Assert.False(ArenaImage.TryLoad(other, path, out string error));
        Assert.Contains("another machine", error, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFileAndUnwritableFolderAreOneLine()
    {
        using Arena arena = Make(out _, out _);
        Assert.False(ArenaImage.TryLoad(arena, Path.Combine(_folder, "none"), out string error));
        Assert.Contains("cannot read", error, StringComparison.Ordinal);
        Assert.False(ArenaImage.TrySave(arena, Path.Combine(_folder, "no", "such", "folder"), out error));
        Assert.Contains("cannot write", error, StringComparison.Ordinal);
    }

    private static Arena Make(out Column<int> numbers, out Column<ulong> words)
    {
        Arena arena = new(1 << 22);
        numbers = arena.Add<int>("numbers", 1001, ColumnKind.State);
        words = arena.Add<ulong>("words", 1000, ColumnKind.Canonical, canonicalMask: ulong.MaxValue);
        return arena;
    }

    private string Save(Arena arena)
    {
        string path = Path.Combine(_folder, "image");
        Assert.True(ArenaImage.TrySave(arena, path, out string error), error);
        return path;
    }
}
