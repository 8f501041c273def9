using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>Walks ahead of who takes folios off the front of a list, and asks for what will be wanted of each: first its words, then its entry.</summary>
/// <remarks>
/// Changes nothing. Does nothing where so few frames are that their words are in a cache, where so few folios are in the list that who isolated
/// them has just had their words there, and where accesses are watched.
/// </remarks>
internal ref struct Lookahead
{
    // From the words to the entry, and from there to its use: about a dozen lines are under way.
    private const int Steps = 3;

    // More than compaction isolates at a time: short lists are 7 % faster without.
    private const int ListMin = 64;

    private readonly FrameTable _frames;
    private readonly Rmap _rmap;
    private readonly FolioList _list;
    private Pfn _far = Pfn.None;
    private Pfn _near = Pfn.None;

    public Lookahead(FrameTable frames, Rmap rmap, FolioList list)
    {
        _frames = frames;
        _rmap = rmap;
        _list = list;
        if (Seam.On || !IsWorthwhile(frames, list)) { return; }
        _far = list.First;
        for (int i = 0; i < Steps; i++) { FarStep(); }
        _near = list.First;
        for (int i = 0; i < Steps; i++) { Step(); }
    }

    /// <summary>True for a list whose folios' words are unlikely to be in a cache.</summary>
    public static bool IsWorthwhile(FrameTable frames, FolioList list) => frames.IsWorthPrefetching && list.Count >= ListMin;

    /// <summary>The first folio is about to be taken off.</summary>
    public void Step()
    {
        if (_near.IsNone) { return; }
        FarStep();
        _rmap.PrefetchEntry(_near);
        _near = _list.NextOf(_near);
    }

    private void FarStep()
    {
        if (_far.IsNone) { return; }
        _frames.Prefetch(_far);
        _far = _list.NextOf(_far);
    }
}
