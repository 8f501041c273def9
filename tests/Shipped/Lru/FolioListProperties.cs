using System.Collections.Concurrent;
using CsCheck;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Tests.Lru;

/// <summary>Two lists of folios over one set of links, against two ordinary lists.</summary>
public sealed class FolioListProperties : IDisposable
{
    private const int Folios = 8;

    private readonly ConcurrentBag<Lists> _made = [];

    public void Dispose()
    {
        foreach (Lists lists in _made) { lists.Dispose(); }
    }

    [Fact]
    public void TwoListsOverOneSetOfLinksAreTwoLists() => Agrees(forgetsTails: false);

    [Fact]
    public void AModelWithoutTailsIsFound() => Assert.Throws<CsCheckException>(() => Agrees(forgetsTails: true));

    [Fact]
    public void AFolioOnAListIsNotPutOnAnother()
    {
        using Lists lists = new();
        lists.Change(0, list => list.AddTail(new Pfn(3)));
        Assert.Equal(ViolationKind.BrokenList, Assert.Throws<BugException>(() => lists.Change(0, list => list.AddHead(new Pfn(3)))).Kind);
        lists.Change(0, list => list.AddTail(new Pfn(4)));
        Assert.Equal(ViolationKind.BrokenList, Assert.Throws<BugException>(() => lists.Change(1, list => list.AddTail(new Pfn(4)))).Kind);
    }

    [Fact]
    public void AFolioIsNotTakenOffAListThatIsNotItsOwn()
    {
        using Lists lists = new();
        lists.Change(0, list => list.AddTail(new Pfn(3)));
        Assert.Equal(ViolationKind.BrokenList, Assert.Throws<BugException>(() => lists.Change(1, list => list.Remove(new Pfn(3)))).Kind);
        Assert.Equal(ViolationKind.BrokenList, Assert.Throws<BugException>(() => lists.Change(0, list => list.Remove(new Pfn(5)))).Kind);
    }

    private void Agrees(bool forgetsTails)
    {
        Gen<(int List, int Folio)> where = Gen.Select(Gen.Int[0, 1], Gen.Int[0, Folios - 1]);
        Gen.Int[0, 9].Select(_ => (Make(), new Model())).SampleModelBased(
            [
                where.Operation<Lists, Model>(w => $"add {w.Folio} to head of {w.List}", (lists, w) => lists.Add(w.List, w.Folio, head: true), (model, w) => model.Add(w.List, w.Folio, head: true)),
                where.Operation<Lists, Model>(w => $"add {w.Folio} to tail of {w.List}", (lists, w) => lists.Add(w.List, w.Folio, head: false), (model, w) => model.Add(w.List, w.Folio, head: forgetsTails)),
                Gen.Int[0, Folios - 1].Operation<Lists, Model>(folio => $"remove {folio}", (lists, folio) => lists.Remove(folio), (model, folio) => model.Remove(folio)),
                Gen.Int[0, 1].Operation<Lists, Model>(list => $"pop {list}", (lists, list) => lists.Pop(list), (model, list) => model.Pop(list)),
                Gen.Int[0, 1].Operation<Lists, Model>(list => $"splice into {list}", (lists, list) => lists.Splice(list), (model, list) => model.Splice(list)),
            ],
            equal: (lists, model) => $"{lists}" == $"{model}", iter: 400);
    }

    private Lists Make()
    {
        Lists lists = new();
        _made.Add(lists);
        return lists;
    }

    private sealed class Lists : IDisposable
    {
        private readonly Lazy<LruRig> _rig = new(() => new LruRig(frames: 64));

        public delegate void Use(FolioList list);

        public void Change(int list, Use use) => use(_rig.Value.Lists[list]);

        public void Add(int list, int folio, bool head)
        {
            if (ListOf(folio) >= 0) { return; }
            if (head) { _rig.Value.Lists[list].AddHead(new Pfn(folio)); }
            else { _rig.Value.Lists[list].AddTail(new Pfn(folio)); }
        }

        public void Remove(int folio)
        {
            if (ListOf(folio) is int list and >= 0) { _rig.Value.Lists[list].Remove(new Pfn(folio)); }
        }

        public void Pop(int list) => _rig.Value.Lists[list].PopFirst();

        public void Splice(int list) => _rig.Value.Lists[list].SpliceTail(_rig.Value.Lists[1 - list]);

        public override string ToString() => $"{Text(0)} | {Text(1)}";

        public void Dispose()
        {
            if (_rig.IsValueCreated) { _rig.Value.Dispose(); }
        }

        private int ListOf(int folio) => Forwards(0).Contains(folio) ? 0 : Forwards(1).Contains(folio) ? 1 : -1;

        private string Text(int list)
        {
            List<int> folios = Forwards(list);
            FolioList own = _rig.Value.Lists[list];
            List<int> backwards = [];
            for (Pfn pfn = own.Last; !pfn.IsNone; pfn = new Pfn(_rig.Value.Links.Prev[pfn.Value] - 1)) { backwards.Insert(0, pfn.Value); }
            bool sound = folios.SequenceEqual(backwards) && own.Count == folios.Count && own.IsEmpty == (folios.Count == 0);
            return sound ? string.Join(' ', folios) : $"broken: {string.Join(' ', folios)} and back {string.Join(' ', backwards)}, count {own.Count}";
        }

        private List<int> Forwards(int list)
        {
            List<int> folios = [];
            FolioList own = _rig.Value.Lists[list];
            for (Pfn pfn = own.First; !pfn.IsNone; pfn = own.NextOf(pfn)) { folios.Add(pfn.Value); }
            return folios;
        }
    }

    private sealed class Model
    {
        private readonly List<int>[] _lists = [[], []];

        public void Add(int list, int folio, bool head)
        {
            if (_lists.Any(own => own.Contains(folio))) { return; }
            _lists[list].Insert(head ? 0 : _lists[list].Count, folio);
        }

        public void Remove(int folio)
        {
            foreach (List<int> list in _lists) { list.Remove(folio); }
        }

        public void Pop(int list)
        {
            if (_lists[list].Count > 0) { _lists[list].RemoveAt(0); }
        }

        public void Splice(int list)
        {
            _lists[list].AddRange(_lists[1 - list]);
            _lists[1 - list].Clear();
        }

        public override string ToString() => $"{string.Join(' ', _lists[0])} | {string.Join(' ', _lists[1])}";
    }
}
