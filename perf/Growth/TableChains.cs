using MemCore.Primitives;

namespace MemCore.Perf.Growth;

/// <summary>
/// What mapping a page in many address spaces touches, and nothing else: for each a chain of four tables of 4 KiB, as page tables have it, and
/// four lines, as link, VMA, table lock and Mm are.
/// </summary>
internal sealed class TableChains : IDisposable
{
    private const int Levels = 4;
    private const int EntriesPerTable = 512;
    private const int EntriesUsed = 64;
    private const int LinesPerChain = 4;
    private const int LongsPerLine = Arena.LineBytes / sizeof(long);
    private const int RowLongs = LinesPerChain * LongsPerLine;

    private readonly NativeRegion _region;
    private readonly int _chains;
    private int _chain;
    private int _entry;
    private long _sum;

    public unsafe TableChains(int chains)
    {
        _chains = chains;
        long bytes = chains * ((Levels * EntriesPerTable) + RowLongs) * (long)sizeof(long);
        _region = new NativeRegion(bytes, "an anchor's tables", hugePages: true);
        _region.CommitUpTo(bytes, "an anchor's tables");
        for (int table = 0; table < chains * Levels; table++)
        {
            *EntryAt(table, 0) = table % Levels == Levels - 1 ? 0 : table + 1;
        }
    }

    /// <summary>Reads the lines and walks down the tables of so many chains, one after the other and round again, and changes the lock and an entry of each.</summary>
    public unsafe void Walk(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (++_chain >= _chains)
            {
                _chain = 0;
                _entry = (_entry + 1) % EntriesUsed;
            }
            long* row = (long*)_region.Address + ((long)_chains * Levels * EntriesPerTable) + ((long)_chain * RowLongs);
            for (int line = 1; line < LinesPerChain; line++) { _sum += Volatile.Read(ref row[line * LongsPerLine]); }
            long table = (long)_chain * Levels;
            for (int level = 1; level < Levels; level++) { table = Volatile.Read(ref *EntryAt(table, 0)); }
            Interlocked.CompareExchange(ref row[0], 1, 0);
            ref long entry = ref *EntryAt(table, _entry);
            Interlocked.Exchange(ref entry, entry + 1);
            Volatile.Write(ref row[0], 0);
        }
    }

    public void Dispose() => _region.Dispose();

    private unsafe long* EntryAt(long table, int entry) => (long*)_region.Address + (table * EntriesPerTable) + entry;
}
