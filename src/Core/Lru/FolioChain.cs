using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>Folios on their way to one list: linked to each other, but to nothing that others can find. A local of who owns their linkage.</summary>
internal struct FolioChain
{
    /// <summary>Entries as in <see cref="FolioLinks"/>; 0: empty.</summary>
    public int First;
    public int Last;
    public int Folios;

    /// <summary>Base pages; of a list without links the only thing that counts.</summary>
    public int Pages;

    /// <summary>Puts a folio in front.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(Pfn pfn, FolioLinks links)
    {
        int entry = pfn.Value + 1;
        ref int next = ref links.Next[pfn.Value];
        bool linked = (Atomic.PlainLoad(ref next) | Atomic.PlainLoad(ref links.Prev.Known((uint)pfn.Value))) != 0 || First == entry;
        Bug.If(linked, ViolationKind.BrokenList, "folio put on a list while it is on one", pfn.Value);
        if (First == 0) { Last = entry; }
        else
        {
            Atomic.PlainStore(ref links.Prev.Known((uint)(First - 1)), entry);
            Atomic.PlainStore(ref next, First);
        }
        First = entry;
        Folios++;
    }
}

/// <summary>A chain for each list of a node.</summary>
[InlineArray((int)LruKind.Count)]
internal struct FolioChains
{
    private FolioChain _first;
}
