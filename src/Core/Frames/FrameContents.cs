using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>What a page holds, as any reader can verify it: whose it is, which virtual page, and which write of it.</summary>
public readonly record struct PageSignature(uint Owner, uint Version, long VirtualPage);

/// <summary>Writes and verifies signatures in the memory behind frames.</summary>
/// <remarks><code>
/// word 0   owner in the high half, version in the low half
/// word 1   virtual page
/// word 2   seal over words 0 and 1
/// last word of each line from the second on: seal mixed with the line's number
/// </code>
/// The seal does not depend on the frame, so a copy to another frame verifies, and a copy that stopped half-way does not.
/// </remarks>
internal sealed class FrameContents(PageMemory memory)
{
    private const int WordsPerLine = Arena.LineBytes / sizeof(long);

    public int FrameBytes => memory.FrameBytes;

    /// <summary>Writes the signature into every line of the frame. The caller owns the contents: alone, or by the folio lock.</summary>
    public void Stamp(Pfn pfn, PageSignature signature)
    {
        long first = First(signature);
        long seal = Seal(first, signature.VirtualPage);
        Atomic.PlainStore(ref memory.Word(pfn, 0), first);
        Atomic.PlainStore(ref memory.Word(pfn, 1), signature.VirtualPage);
        Atomic.PlainStore(ref memory.Word(pfn, 2), seal);
        for (int word = (2 * WordsPerLine) - 1; word < memory.WordsPerFrame; word += WordsPerLine)
        {
            Atomic.PlainStore(ref memory.Word(pfn, word), LineSeal(seal, word));
        }
    }

    /// <summary>Reads the signature and proves it. False: the contents are torn, foreign or never stamped.</summary>
    public bool TryRead(Pfn pfn, out PageSignature signature)
    {
        long first = Atomic.PlainLoad(ref memory.Word(pfn, 0));
        long virtualPage = Atomic.PlainLoad(ref memory.Word(pfn, 1));
        long seal = Atomic.PlainLoad(ref memory.Word(pfn, 2));
        signature = new PageSignature((uint)(first >> 32), (uint)first, virtualPage);
        if (seal != Seal(first, virtualPage)) { return false; }
        for (int word = (2 * WordsPerLine) - 1; word < memory.WordsPerFrame; word += WordsPerLine)
        {
            if (Atomic.PlainLoad(ref memory.Word(pfn, word)) != LineSeal(seal, word)) { return false; }
        }
        return true;
    }

    /// <summary>Copies all of a frame. The caller owns the target alone; a writer of the source meanwhile leaves a copy that does not verify.</summary>
    public void Copy(Pfn from, Pfn to)
    {
        if (!Seam.Exploring)
        {
            memory.CopyBlock(from, to);
            return;
        }
        for (int word = 0; word < memory.WordsPerFrame; word++)
        {
            Atomic.PlainStore(ref memory.Word(to, word), Atomic.PlainLoad(ref memory.Word(from, word)));
        }
    }

    /// <summary>Raises a data mismatch unless the frame holds exactly this signature.</summary>
    public void Verify(Pfn pfn, PageSignature expected) =>
        Bug.If(!TryRead(pfn, out PageSignature found) || found != expected, ViolationKind.DataMismatch, "page contents are not what was written", pfn.Value);

    private static long First(PageSignature signature) => ((long)signature.Owner << 32) | signature.Version;

    private static long Seal(long first, long virtualPage)
    {
        ulong x = ((ulong)first * 0x9E3779B97F4A7C15UL) ^ ((ulong)virtualPage + 0xD6E8FEB86659FD93UL);
        x ^= x >> 32;
        x *= 0xD6E8FEB86659FD93UL;
        return (long)(x ^ (x >> 29)) | 1;
    }

    private static long LineSeal(long seal, int word) => seal + ((long)word * 0x2545F4914F6CDD1D);
}
