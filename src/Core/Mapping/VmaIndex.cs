using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>The VMAs of one Mm by address: a list in order, and a search tree over it. Under the mmap lock, alone to change it.</summary>
/// <remarks>
/// A treap whose priorities are a hash of the VMA's number: balanced as by chance, the same on every run, and nothing but two links for
/// each VMA. An imported Mm has thousands of them.
/// </remarks>
internal readonly ref struct VmaIndex(Vmas vmas, ref int root, ref int first)
{
    private readonly ref int _root = ref root;
    private readonly ref int _first = ref first;

    public VmaId First => new(Atomic.PlainLoad(ref _first));

    public VmaId After(VmaId vma) => new(Atomic.PlainLoad(ref vmas.MmNext(vma)));

    /// <summary>The last VMA that begins at or below the page. None: all begin above.</summary>
    public VmaId AtOrBelow(long page)
    {
        VmaId best = default;
        VmaId at = new(Atomic.PlainLoad(ref _root));
        while (!at.IsNone)
        {
            if (vmas.Start(at) <= page)
            {
                best = at;
                at = new VmaId(Atomic.PlainLoad(ref vmas.Right(at)));
            }
            else { at = new VmaId(Atomic.PlainLoad(ref vmas.Left(at))); }
        }
        return best;
    }

    /// <summary>The first VMA that ends above the page. None: all end at or below it.</summary>
    public VmaId FirstEndingAfter(long page)
    {
        VmaId below = AtOrBelow(page);
        if (below.IsNone) { return First; }
        return vmas.Read(below).End > page ? below : After(below);
    }

    public void Insert(VmaId vma)
    {
        VmaId before = AtOrBelow(vmas.Start(vma));
        VmaId after = before.IsNone ? First : After(before);
        Atomic.PlainStore(ref vmas.MmPrev(vma), before.Value);
        Atomic.PlainStore(ref vmas.MmNext(vma), after.Value);
        if (before.IsNone) { Atomic.PlainStore(ref _first, vma.Value); }
        else { Atomic.PlainStore(ref vmas.MmNext(before), vma.Value); }
        if (!after.IsNone) { Atomic.PlainStore(ref vmas.MmPrev(after), vma.Value); }
        InsertInTree(ref _root, vma);
    }

    public void Remove(VmaId vma)
    {
        VmaId before = new(Atomic.PlainLoad(ref vmas.MmPrev(vma)));
        VmaId after = After(vma);
        if (before.IsNone) { Atomic.PlainStore(ref _first, after.Value); }
        else { Atomic.PlainStore(ref vmas.MmNext(before), after.Value); }
        if (!after.IsNone) { Atomic.PlainStore(ref vmas.MmPrev(after), before.Value); }
        Atomic.PlainStore(ref vmas.MmNext(vma), 0);
        Atomic.PlainStore(ref vmas.MmPrev(vma), 0);
        RemoveFromTree(vma);
    }

    // Down to the first VMA of a lower priority; it and what is below is parted around the new one.
    private void InsertInTree(ref int link, VmaId vma)
    {
        long start = vmas.Start(vma);
        uint priority = PriorityOf(vma);
        while (true)
        {
            VmaId at = new(Atomic.PlainLoad(ref link));
            if (at.IsNone || PriorityOf(at) < priority)
            {
                Atomic.PlainStore(ref link, vma.Value);
                Part(at, start, ref vmas.Left(vma), ref vmas.Right(vma));
                return;
            }
            link = ref vmas.Start(at) < start ? ref vmas.Right(at) : ref vmas.Left(at);
        }
    }

    private void Part(VmaId tree, long start, ref int below, ref int above)
    {
        while (!tree.IsNone)
        {
            if (vmas.Start(tree) < start)
            {
                Atomic.PlainStore(ref below, tree.Value);
                below = ref vmas.Right(tree);
                tree = new VmaId(Atomic.PlainLoad(ref below));
            }
            else
            {
                Atomic.PlainStore(ref above, tree.Value);
                above = ref vmas.Left(tree);
                tree = new VmaId(Atomic.PlainLoad(ref above));
            }
        }
        Atomic.PlainStore(ref below, 0);
        Atomic.PlainStore(ref above, 0);
    }

    private void RemoveFromTree(VmaId vma)
    {
        long start = vmas.Start(vma);
        ref int link = ref _root;
        while (true)
        {
            VmaId at = new(Atomic.PlainLoad(ref link));
            Bug.If(at.IsNone, ViolationKind.BrokenList, "VMA that its Mm does not have", vma.Value);
            if (at == vma) { break; }
            link = ref vmas.Start(at) < start ? ref vmas.Right(at) : ref vmas.Left(at);
        }

        // Its two sides become one again.
        VmaId left = new(Atomic.PlainLoad(ref vmas.Left(vma)));
        VmaId right = new(Atomic.PlainLoad(ref vmas.Right(vma)));
        while (!left.IsNone && !right.IsNone)
        {
            if (PriorityOf(left) >= PriorityOf(right))
            {
                Atomic.PlainStore(ref link, left.Value);
                link = ref vmas.Right(left);
                left = new VmaId(Atomic.PlainLoad(ref link));
            }
            else
            {
                Atomic.PlainStore(ref link, right.Value);
                link = ref vmas.Left(right);
                right = new VmaId(Atomic.PlainLoad(ref link));
            }
        }
        Atomic.PlainStore(ref link, left.IsNone ? right.Value : left.Value);
        Atomic.PlainStore(ref vmas.Left(vma), 0);
        Atomic.PlainStore(ref vmas.Right(vma), 0);
    }

    private static uint PriorityOf(VmaId vma)
    {
        uint x = (uint)vma.Value * 0x9E3779B9u;
        x ^= x >> 15;
        return x * 0x85EBCA6Bu;
    }
}
