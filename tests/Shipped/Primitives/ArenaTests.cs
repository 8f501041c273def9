using MemCore.Primitives;

namespace MemCore.Tests.Primitives;

public sealed unsafe class ArenaTests(ITestOutputHelper output) : IDisposable
{
    private readonly Arena _arena = new(1 << 20);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void FreshColumnsAreZeroAndHashToZero()
    {
        Column<long> column = _arena.Add<long>("a", 100, ColumnKind.State);
        Assert.Equal(100, column.Count);
        Assert.All(column.AtRest.ToArray(), word => Assert.Equal(0, word));
        Assert.Equal(default, _arena.Hash());
    }

    [Fact]
    public void AColumnIsFoundByNameAndAWordByAddress()
    {
        Column<uint> first = _arena.Add<uint>("flags", 10, ColumnKind.State);
        Column<long> second = _arena.Add<long>("mapping", 10, ColumnKind.Bookkeeping);
        ColumnInfo mapping = _arena.Find("mapping")!;
        Assert.Equal((10, 8, ColumnKind.Bookkeeping), (mapping.Count, mapping.ElementBytes, mapping.Kind));
        Assert.Null(_arena.Find("Mapping"));
        nint address;
        fixed (long* word = &second[7]) { address = (nint)word; }
        Assert.True(_arena.TryLocate(address, out ColumnInfo found, out int index));
        Assert.Equal((mapping, 7), (found, index));
        Assert.Equal(address, _arena.AddressOf(mapping, 7));
        Assert.Equal("mapping[7]", _arena.Describe(address));
        fixed (uint* word = &first[3]) { Assert.Equal("flags[3]", _arena.Describe((nint)word)); }
    }

    [Fact]
    public void AnAddressInNoColumnIsSaidToBeOutside()
    {
        _arena.Add<int>("a", 1, ColumnKind.State);
        Assert.False(_arena.TryLocate(_arena.Base + sizeof(int), out _, out int index));
        Assert.Equal(-1, index);
        Assert.StartsWith("outside the arena", _arena.Describe(_arena.Base - 1), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _arena.AddressOf(_arena.Find("a")!, 1));
    }

    [Fact]
    public void PaddedNeighboursShareNoLine()
    {
        _arena.Add<int>("odd", 3, ColumnKind.State);
        PaddedColumn<int> padded = _arena.AddPadded<int>("padded", 4, ColumnKind.State);
        ColumnInfo info = _arena.Find("padded")!;
        Assert.Equal(0, info.OffsetBytes % Arena.LineBytes);
        for (int i = 1; i < padded.Count; i++)
        {
            Assert.True(_arena.AddressOf(info, i) - _arena.AddressOf(info, i - 1) >= Arena.LineBytes);
            padded[i] = i;
            Assert.Equal($"padded[{i}]", _arena.Describe(_arena.AddressOf(info, i)));
        }
        Assert.Equal(0, padded[0]);
    }

    [Fact]
    public void IndexesOutsideAColumnAreABug()
    {
        Column<int> column = _arena.Add<int>("a", 2, ColumnKind.State);
        Assert.Throws<BugException>(() => column[2]);
        Assert.Throws<BugException>(() => column[-1]);
        Assert.Throws<BugException>(() => column.FillPlain(1, 2, 0));
        column.FillPlain(0, 2, 9);
        Assert.Equal([9, 9], column.AtRest.ToArray());
        column.FillPlain(5, 0, 1);
    }

    [Fact]
    public void NamesAreUniqueAndColumnsMustFit()
    {
        _arena.Add<int>("a", 2, ColumnKind.State);
        Assert.Throws<ArgumentException>(() => _arena.Add<int>("a", 2, ColumnKind.State));
        Assert.Throws<ArgumentException>(() => _arena.Add<short>("b", 2, ColumnKind.State));
        Assert.Throws<InsufficientMemoryException>(() => _arena.Add<long>("c", 1 << 24, ColumnKind.State));
        Assert.Null(_arena.Find("c"));
        _arena.Add<int>("d", 2, ColumnKind.State)[1] = 1;
    }

    [Fact]
    public void ARestoredSnapshotIsTheSameState()
    {
        Column<int> column = _arena.Add<int>("a", 8, ColumnKind.State);
        column[3] = 42;
        byte[] snapshot = _arena.Snapshot();
        StateHash before = _arena.Hash();
        column[3] = 43;
        column[4] = 1;
        Assert.NotEqual(before, _arena.Hash());
        _arena.Restore(snapshot);
        Assert.Equal(before, _arena.Hash());
        Assert.Equal([0, 0, 0, 42, 0, 0, 0, 0], column.AtRest.ToArray());
        _arena.Add<int>("b", 1, ColumnKind.State);
        Assert.Throws<ArgumentException>(() => _arena.Restore(snapshot));
    }

    [Fact]
    public void AHashKeptUpWriteByWriteEqualsTheFullOne()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        _arena.Add<uint>("state", 20, ColumnKind.State);
        _arena.Add<ulong>("canonical", 20, ColumnKind.Canonical, canonicalMask: 0xF0_0000_0001);
        _arena.Add<int>("bookkeeping", 20, ColumnKind.Bookkeeping);
        _arena.AddPadded<long>("padded", 20, ColumnKind.State);
        StateHash kept = default;
        for (int step = 0; step < 2_000; step++)
        {
            ColumnInfo column = _arena.Columns[random.Next(_arena.Columns.Count)];
            int half = random.Next(column.ElementBytes / sizeof(int));
            uint* word = (uint*)_arena.AddressOf(column, random.Next(column.Count)) + half;
            int location = (int)(((nint)word - _arena.Base) / sizeof(int));
            uint value = random.Next(3) == 0 ? 0 : (uint)random.NextInt64();
            kept.Remove(location, Arena.HashedPart(column, half, *word));
            *word = value;
            kept.Add(location, Arena.HashedPart(column, half, value));
            if (step % 100 == 0) { Assert.Equal(_arena.Hash(), kept); }
        }
        Assert.Equal(_arena.Hash(), kept);
    }

    [Fact]
    public void BookkeepingAndMaskedBitsAreNotHashed()
    {
        Column<uint> generation = _arena.Add<uint>("generation", 1, ColumnKind.Canonical, canonicalMask: 1);
        Column<int> counts = _arena.Add<int>("counts", 1, ColumnKind.Bookkeeping);
        generation[0] = 2;
        counts[0] = 5;
        Assert.Equal(default, _arena.Hash());
        generation[0] = 3;
        Assert.NotEqual(default, _arena.Hash());
    }
}
