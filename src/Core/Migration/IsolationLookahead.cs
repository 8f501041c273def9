using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>Walks ahead of who isolates pages one after the other, and asks for what will be wanted of each: its words and links, then its neighbours' links.</summary>
/// <remarks>Changes nothing. Does nothing where so few frames are that their words are in a cache, and where accesses are watched.</remarks>
internal ref struct IsolationLookahead
{
    // From the words to the links that they lead to, and from there to their use.
    private const int Steps = 6;

    private readonly FrameTable _frames;
    private readonly FolioLinks _links;
    private readonly ReadOnlySpan<Pfn> _pages;
    private int _at;

    public IsolationLookahead(FrameTable frames, FolioLinks links, ReadOnlySpan<Pfn> pages)
    {
        _frames = frames;
        _links = links;
        if (Seam.On || !frames.IsWorthPrefetching) { return; }
        _pages = pages;
        for (_at = -2 * Steps; _at < 0;) { Step(); }
    }

    /// <summary>The next page is about to be isolated.</summary>
    public void Step()
    {
        int near = _at + Steps, far = near + Steps;
        _at++;
        if ((uint)far < (uint)_pages.Length && _frames.Prefetch(_pages[far])) { _links.Prefetch(_pages[far]); }
        if ((uint)near < (uint)_pages.Length && (uint)_pages[near].Value < (uint)_frames.Frames) { _links.PrefetchNeighbours(_pages[near]); }
    }
}
