using MemCore.Primitives;

namespace MemCore.Mapping;

internal sealed partial class Mms
{
    /// <summary>munmap of whole VMAs and parts of VMAs (which splits them). Returns pages zapped.</summary>
    /// <remarks>
    /// A part of a VMA of merged pages is emptied but stays mapped, and so is a part when there are no VMAs left for what remains. A VMA of which
    /// a huge page is covered in part stays as it is: nobody splits huge entries yet, and a page without a VMA must not be mapped.
    /// </remarks>
    public int Unmap(TaskId task, MmId mm, long start, long pages)
    {
        if (pages <= 0) { return 0; }
        long end = start + pages;
        int zapped = 0;
        MmapLock mmap = LockOf(mm);
        mmap.Lock(task);
        VmaIndex index = IndexOf(mm);
        VmaId id = index.FirstEndingAfter(start);
        while (!id.IsNone && _vmas.Start(id) < end)
        {
            VmaId next = index.After(id);
            Vma vma = _vmas.Read(id);
            zapped += _zap.Zap(task, id, vma, Math.Max(start, vma.Start), Math.Min(end, vma.End), out bool refused);
            if (start <= vma.Start && vma.End <= end && !refused) { Drop(task, index, id, vma); }
            else if ((vma.Flags & VmaFlags.Ksm) == 0 && !refused) { Cut(task, index, id, vma, start, end); }
            id = next;
        }
        mmap.Unlock(task);
        return zapped;
    }

    /// <summary>MADV_DONTNEED: zaps the pages, the VMA stays. Shares the mmap lock with faults.</summary>
    public int Discard(TaskId task, MmId mm, long start, long pages)
    {
        if (pages <= 0) { return 0; }
        long end = start + pages;
        int zapped = 0;
        MmapLock mmap = LockOf(mm);
        mmap.LockShared(task);
        VmaIndex index = IndexOf(mm);
        for (VmaId id = index.FirstEndingAfter(start); !id.IsNone && _vmas.Start(id) < end; id = index.After(id))
        {
            Vma vma = _vmas.Read(id);
            zapped += _zap.Zap(task, id, vma, Math.Max(start, vma.Start), Math.Min(end, vma.End), out _);
        }
        mmap.UnlockShared(task);
        return zapped;
    }

    /// <summary>A copy-on-write child. None: out of Mms, VMAs, tables or frames; nothing remains.</summary>
    /// <remarks>Leaves out what is marked so, and VMAs of merged pages.</remarks>
    public MmId Fork(TaskId task, MmId parent)
    {
        MmId child = Create(task);
        if (child.IsNone) { return child; }
        bool complete = true;
        MmapLock mmap = LockOf(parent);
        mmap.Lock(task);
        VmaIndex index = IndexOf(parent);
        for (VmaId id = index.First; complete && !id.IsNone; id = index.After(id)) { complete = ForkVma(task, id, child); }

        // Before anybody else sees the child: the parent must not write to what both read now.
        _tlb.FlushDeferred(task);
        mmap.Unlock(task);
        if (complete) { return child; }
        Exit(task, child);
        return default;
    }

    private bool ForkVma(TaskId task, VmaId id, MmId child)
    {
        Vma vma = _vmas.Read(id);
        if ((vma.Flags & (VmaFlags.DontFork | VmaFlags.Ksm)) != 0) { return true; }
        Vma copy = vma with { Mm = child, Root = RootOf(child), AnonVma = 0 };
        VmaId copyId = _vmas.Allocate(task, copy);
        if (copyId.IsNone) { return false; }
        if (!_anonVmas.Fork(task, id, copyId))
        {
            _vmas.Free(task, copyId);
            return false;
        }
        LinkToCache(task, copyId, copy);
        IndexOf(child).Insert(copyId);
        return _fork.Copy(task, vma, copyId, copy);
    }

    // What remains on either side of [start, end) gets a VMA of its own in place of the old one.
    private void Cut(TaskId task, VmaIndex index, VmaId id, Vma vma, long start, long end)
    {
        bool below = vma.Start < start;
        bool above = end < vma.End;
        VmaId belowId = below ? Part(task, id, vma with { End = start }) : default;
        if (below && belowId.IsNone) { return; }
        VmaId aboveId = above ? Part(task, id, vma with { Start = end, Offset = vma.IndexOf(end) }) : default;
        if (above && aboveId.IsNone)
        {
            if (below) { Discard(task, belowId); }
            return;
        }
        Drop(task, index, id, vma);
        if (below) { index.Insert(belowId); }
        if (above) { index.Insert(aboveId); }
    }

    // Linked like the whole before the whole is unlinked: a walk of the reverse map finds each page once or twice, never not at all.
    private VmaId Part(TaskId task, VmaId whole, Vma vma)
    {
        VmaId id = _vmas.Allocate(task, vma with { AnonVma = 0 });
        if (id.IsNone) { return id; }
        if (!_anonVmas.Clone(task, whole, id))
        {
            _vmas.Free(task, id);
            return default;
        }
        LinkToCache(task, id, vma);
        return id;
    }

    private void Discard(TaskId task, VmaId part)
    {
        Unlink(task, part, _vmas.Read(part));
        _vmas.Free(task, part);
    }
}
