using MemCore.Primitives;

namespace MemCore.Perf.Growth;

/// <summary>Chains of four tables as page tables have them, each table 4 KiB, and nothing else: what it costs to get to an entry and change it.</summary>
internal sealed class TableChains : IDisposable
{
    private const int Levels = 4;
    private const int EntriesPerTable = 512;
    private const int EntriesUsed = 64;

    private readonly NativeRegion _region;
    private readonly int _chains;
    private int _chain;
    private int _entry;

    public unsafe TableChains(int chains)
    {
        _chains = chains;
        long bytes = (long)chains * Levels * EntriesPerTable * sizeof(long);
        _region = new NativeRegion(bytes, "an anchor's tables", hugePages: false);
        _region.CommitUpTo(bytes, "an anchor's tables");
        for (int table = 0; table < chains * Levels; table++)
        {
            *EntryAt(table, 0) = table % Levels == Levels - 1 ? 0 : table + 1;
        }
    }

    /// <summary>Walks down so many chains, one after the other and round again; each time round all change the next entry of their last tables.</summary>
    public unsafe void Walk(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (++_chain >= _chains)
            {
                _chain = 0;
                _entry = (_entry + 1) % EntriesUsed;
            }
            long table = (long)_chain * Levels;
            for (int level = 1; level < Levels; level++) { table = Volatile.Read(ref *EntryAt(table, 0)); }
            ref long entry = ref *EntryAt(table, _entry);
            long seen = Volatile.Read(ref entry);
            Interlocked.CompareExchange(ref entry, seen + 1, seen);
        }
    }

    public void Dispose() => _region.Dispose();

    private unsafe long* EntryAt(long table, int entry) => (long*)_region.Address + (table * EntriesPerTable) + entry;
}
