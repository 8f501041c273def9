using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>What joins VMAs to anon_vmas, and parts them.</summary>
internal sealed partial class AnonVmas
{
    /// <summary>anon_vma_prepare: gives the VMA an anon_vma of its own if it has none. False: exhausted. The mmap lock is shared at least.</summary>
    /// <remarks>Of several faults that find none, the first one's counts. Lock-free.</remarks>
    public bool Prepare(TaskId task, VmaId vma)
    {
        if (_vmas.AnonVma(vma) != 0) { return true; }
        int anonVma = _slots.Take();
        if (anonVma == 0) { return false; }
        int link = _links.Take();
        if (link == 0)
        {
            _slots.Give(anonVma);
            return false;
        }
        Begin(anonVma, root: anonVma);
        Fill(link, anonVma, vma, nextOfVma: 0);
        AppendLocked(anonVma, link);
        if (_vmas.TrySetFirstAnonVma(vma, anonVma))
        {
            Atomic.PlainStore(ref _vmas.AnonLinks(vma), link);
            return true;
        }
        RemoveLocked(link);
        Free(task, link);
        return true;
    }

    /// <summary>anon_vma_fork: the child's VMA is linked to all that the parent's is linked to, and to one of its own. False: exhausted, nothing remains.</summary>
    /// <remarks>The parent's mmap lock is held alone; nobody else knows the child. Call it before entries are copied.</remarks>
    public bool Fork(TaskId task, VmaId parent, VmaId child)
    {
        int parents = _vmas.AnonVma(parent);
        if (parents == 0) { return true; }
        if (!Clone(task, parent, child)) { return false; }
        int anonVma = _slots.Take();
        int link = anonVma == 0 ? 0 : _links.Take();
        if (link == 0)
        {
            if (anonVma != 0) { _slots.Give(anonVma); }
            Unlink(task, child);
            return false;
        }
        int root = Atomic.Load(ref _words[parents, Root]);
        Get(root);
        Begin(anonVma, root);
        ref int first = ref _vmas.AnonLinks(child);
        Fill(link, anonVma, child, nextOfVma: Atomic.PlainLoad(ref first));
        AppendLocked(anonVma, link);
        Atomic.PlainStore(ref first, link);
        _vmas.SetAnonVma(child, anonVma);
        return true;
    }

    /// <summary>Also when a VMA is split: the new part is linked to the same ones, and has the same anon_vma. False: exhausted, nothing remains.</summary>
    public bool Clone(TaskId task, VmaId from, VmaId to)
    {
        int source = Atomic.PlainLoad(ref _vmas.AnonLinks(from));
        if (source == 0) { return true; }
        int first = 0;
        for (int link = source; link != 0; link = Atomic.PlainLoad(ref _linkWords[link, LinkNextOfVma]))
        {
            int copy = _links.Take();
            if (copy == 0)
            {
                GiveUp(first);
                return false;
            }
            Fill(copy, Atomic.PlainLoad(ref _linkWords[link, LinkAnonVma]), to, nextOfVma: first);
            first = copy;
        }
        int locked = Atomic.PlainLoad(ref _linkWords[first, LinkAnonVma]);
        Lock(task, locked);
        for (int link = first; link != 0; link = Atomic.PlainLoad(ref _linkWords[link, LinkNextOfVma]))
        {
            int anonVma = Atomic.PlainLoad(ref _linkWords[link, LinkAnonVma]);
            Get(anonVma);
            AppendLocked(anonVma, link);
        }
        Unlock(task, locked);
        Atomic.PlainStore(ref _vmas.AnonLinks(to), first);
        _vmas.SetAnonVma(to, _vmas.AnonVma(from));
        return true;
    }

    /// <summary>unlink_anon_vmas: the VMA maps nothing of theirs any more. Anon_vmas that nobody is linked to or refers to go.</summary>
    public void Unlink(TaskId task, VmaId vma)
    {
        ref int word = ref _vmas.AnonLinks(vma);
        int first = Atomic.PlainLoad(ref word);
        if (first == 0) { return; }
        Atomic.PlainStore(ref word, 0);
        _vmas.SetAnonVma(vma, 0);
        int locked = Atomic.PlainLoad(ref _linkWords[first, LinkAnonVma]);
        Lock(task, locked);
        for (int link = first; link != 0; link = Atomic.PlainLoad(ref _linkWords[link, LinkNextOfVma])) { RemoveLocked(link); }
        Unlock(task, locked);

        // Only now: the lock is a word of the root, which their references keep.
        while (first != 0)
        {
            int next = Atomic.PlainLoad(ref _linkWords[first, LinkNextOfVma]);
            Free(task, first);
            first = next;
        }
    }

    /// <summary>A fresh slot with one reference, its first link's. Nobody else can find it.</summary>
    private void Begin(int anonVma, int root)
    {
        Atomic.PlainStore(ref _words[anonVma, Root], root);

        // Pairs with AnonVmas.TryGet: a late getter of an earlier life of the slot may count from here on, and finds its folio unmapped.
        Atomic.Store(ref _words[anonVma, References], 1);
    }

    private void Get(int anonVma)
    {
        int now = Atomic.Add(ref _words[anonVma, References], 1);
        Bug.If(now <= 1, ViolationKind.RefUnderflow, "reference taken on an anon_vma that has none");
    }

    private void Fill(int link, int anonVma, VmaId vma, int nextOfVma)
    {
        Atomic.PlainStore(ref _linkWords[link, LinkAnonVma], anonVma);
        Atomic.PlainStore(ref _linkWords[link, LinkVma], vma.Value);
        Atomic.PlainStore(ref _linkWords[link, LinkNextOfVma], nextOfVma);
    }

    private void AppendLocked(int anonVma, int link)
    {
        ref int last = ref _words[anonVma, Last];
        int before = Atomic.PlainLoad(ref last);
        Atomic.PlainStore(ref _linkWords[link, LinkPrev], before);
        Atomic.PlainStore(ref before == 0 ? ref _words[anonVma, First] : ref _linkWords[before, LinkNext], link);
        Atomic.PlainStore(ref last, link);
    }

    private void RemoveLocked(int link)
    {
        int anonVma = Atomic.PlainLoad(ref _linkWords[link, LinkAnonVma]);
        int next = Atomic.PlainLoad(ref _linkWords[link, LinkNext]);
        int prev = Atomic.PlainLoad(ref _linkWords[link, LinkPrev]);
        Atomic.PlainStore(ref prev == 0 ? ref _words[anonVma, First] : ref _linkWords[prev, LinkNext], next);
        Atomic.PlainStore(ref next == 0 ? ref _words[anonVma, Last] : ref _linkWords[next, LinkPrev], prev);
        Atomic.PlainStore(ref _linkWords[link, LinkNext], 0);
        Atomic.PlainStore(ref _linkWords[link, LinkPrev], 0);
    }

    /// <summary>Gives back a link that is on no list, and its reference.</summary>
    private void Free(TaskId task, int link)
    {
        int anonVma = Atomic.PlainLoad(ref _linkWords[link, LinkAnonVma]);
        Fill(link, 0, default, nextOfVma: 0);
        _links.Give(link);
        Put(task, anonVma);
    }

    /// <summary>Gives back links that were never on a list and have no reference.</summary>
    private void GiveUp(int first)
    {
        while (first != 0)
        {
            int next = Atomic.PlainLoad(ref _linkWords[first, LinkNextOfVma]);
            Fill(first, 0, default, nextOfVma: 0);
            _links.Give(first);
            first = next;
        }
    }
}
