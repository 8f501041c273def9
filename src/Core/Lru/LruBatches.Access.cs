using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>Aging by use: two accesses make a folio active.</summary>
internal sealed partial class LruBatches
{
    /// <summary>mark_accessed: the first access sets Referenced, the second asks for the active list and starts again.</summary>
    /// <remarks>
    /// A folio that is off the LRU never becomes active here: nobody would clear the flag if it were freed that way. The caller has a reference.
    /// </remarks>
    public void MarkAccessed(TaskId task, Pfn head)
    {
        FlagsWord word = engine.Frames.Flags(head);
        PageFlags flags = word.Read();
        if ((flags & PageFlags.Referenced) == 0)
        {
            word.Set(PageFlags.Referenced);
            return;
        }
        if (Activate(task, head)) { word.Clear(PageFlags.Referenced); }
    }
}
