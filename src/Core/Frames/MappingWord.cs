using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>The two low bits of the mapping word.</summary>
[Flags]
public enum MappingTag
{
    /// <summary>A page cache, or nothing.</summary>
    File = 0,

    /// <summary>Anonymous: the rest names an anon_vma.</summary>
    Anon = 1,

    /// <summary>Anonymous and merged: the rest names a stable node.</summary>
    Ksm = 3,
}

/// <summary>Whom a folio belongs to: an object number above two tag bits. 0 is nobody.</summary>
internal readonly ref struct MappingWord(ref long word)
{
    private const int TagBits = 2;
    private const long TagMask = (1 << TagBits) - 1;

    private readonly ref long _word = ref word;

    /// <summary>The word now. Stable while the folio is locked.</summary>
    public long Raw => Atomic.Load(ref _word);

    public static long Make(long owner, MappingTag tag) => (owner << TagBits) | (long)tag;

    public static MappingTag TagOf(long raw) => (MappingTag)(raw & TagMask);

    public static long OwnerOf(long raw) => raw >> TagBits;

    public static bool IsAnon(long raw) => (raw & (long)MappingTag.Anon) != 0;

    /// <summary>Writes the word. The folio is locked, or nobody else can see it.</summary>
    public void SetLocked(long raw) => Atomic.Store(ref _word, raw);
}
