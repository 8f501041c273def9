using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Lab.Host;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Host;

/// <summary>An imported machine seen from its page tables.</summary>
internal sealed class MappedHost : IDisposable
{
    public const ulong File = Kpf.Uptodate | Kpf.Lru;
    public const ulong Anon = Kpf.Uptodate | Kpf.Lru | Kpf.SwapBacked | Kpf.Anon;
    public const int Frames = 4096;

    /// <summary>Where <see cref="Of(ulong[], ulong[])"/> puts the frames that it is given.</summary>
    public const int First = 1024;

    private MappedHost(HostMap map, MappingOptions? running) => Imported = ImportedMachine.Of(map, running: running);

    public ImportedMachine Imported { get; }

    public FrameColumns At => Imported.Table.AtRest;

    /// <summary>So many frames amid free ones.</summary>
    public static MappedHost Of(ulong[] flags, ulong[] counts) => Of(Map(flags, counts));

    public static MappedHost Of(HostMap map, MappingOptions? running = null) => new(map, running);

    public static HostMap Map(ulong[] flags, ulong[] counts)
    {
        ulong[] all = new ulong[Frames];
        all.AsSpan().Fill(Kpf.Buddy);
        ulong[] mapped = new ulong[Frames];
        flags.CopyTo(all, First);
        counts.CopyTo(mapped, First);
        return new HostMap("test", all, mapped);
    }

    /// <summary>The flags of one folio.</summary>
    public static ulong[] Folio(int frames, ulong flags)
    {
        ulong[] words = new ulong[frames];
        words.AsSpan().Fill(flags | Kpf.Thp | Kpf.CompoundTail);
        words[0] ^= Kpf.Compound;
        return words;
    }

    public static ulong[] Counts(int frames, ulong count)
    {
        ulong[] counts = new ulong[frames];
        counts.AsSpan().Fill(count);
        return counts;
    }

    /// <summary>All entries, by Mm and in order of pages.</summary>
    public List<(MmId Mm, long Page, Pte Pte, int Level)> Entries()
    {
        List<(MmId Mm, long Page, Pte Pte, int Level)> entries = [];
        Imported.Machine.Mms.ForEachAtRest((mm, root) =>
            Imported.Machine.Tables.ForEachAtRest(root, (page, slot, pte) => entries.Add((mm, page, pte, slot.Level))));
        return entries;
    }

    /// <summary>How often each frame is mapped, by the page tables alone.</summary>
    public long[] EntriesPerFrame()
    {
        long[] found = new long[Imported.Table.Frames];
        int table = Imported.Machine.Tables.TablePages;
        Imported.Machine.Mms.ForEachAtRest((_, root) => Imported.Machine.Tables.ForEachAtRest(root, (_, slot, pte) =>
        {
            int frames = slot.Level == 0 ? 1 : table;
            for (int i = 0; i < frames; i++) { found[pte.Pfn.Value + i]++; }
        }));
        return found;
    }

    /// <summary>The VMA of a page, with its Mm.</summary>
    public Vma VmaAt(MmId mm, long page)
    {
        VmaId id = Imported.Machine.Mms.LockShared(ImportedMachine.Task, mm, page);
        Vma vma = id.IsNone ? default : Imported.Machine.Vmas.Read(id);
        Imported.Machine.Mms.UnlockShared(ImportedMachine.Task, mm);
        return vma;
    }

    public void Dispose() => Imported.Dispose();
}
