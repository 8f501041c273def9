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

    /// <summary>Puts a folio in front whose number was checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(Pfn pfn, LinkColumns links)
    {
        if (First != 0) { First = links.PushOnto(First, pfn); }
        else { First = Last = links.Claim(pfn); }
        Folios++;
    }
}

/// <summary>A chain for each list of a node.</summary>
[InlineArray((int)LruKind.Count)]
internal struct FolioChains
{
    private FolioChain _first;
}
