using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Frames;

/// <summary>A folio with two references and two flags, the last one of a small table.</summary>
public abstract class FolioWordFixture : IDisposable
{
    private protected const int Last = 3;

    private protected static readonly Pfn s_folio = new(Last);
    private readonly Arena _arena = new(1 << 16);
    private protected readonly FrameTable _table;

    protected FolioWordFixture()
    {
        _table = new FrameTable(_arena, Last + 1);
        _table.Ref(s_folio).Publish(2);
        _table.Flags(s_folio).Set(PageFlags.Dirty | PageFlags.Swapbacked);
    }

    public void Dispose()
    {
        _arena.Dispose();
        GC.SuppressFinalize(this);
    }
}
