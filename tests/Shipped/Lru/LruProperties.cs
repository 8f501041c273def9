using System.Collections.Concurrent;
using CsCheck;
using MemCore.Frames;
using MemCore.Lru;

namespace MemCore.Tests.Lru;

/// <summary>Batches, drains, isolation and death of folios against plain collections: references, membership and order after every step.</summary>
public sealed class LruProperties : IDisposable
{
    private const int Cpus = 2;
    private const int Slots = 5;

    private static readonly PageFlags[] s_flags =
        [PageFlags.Swapbacked, PageFlags.Swapbacked | PageFlags.Active, PageFlags.None, PageFlags.Active, PageFlags.Dirty, PageFlags.Swapbacked | PageFlags.Mlocked, PageFlags.Unevictable];

    private readonly ConcurrentBag<LruSubject> _subjects = [];

    public void Dispose()
    {
        foreach (LruSubject subject in _subjects) { subject.Dispose(); }
    }

    [Fact]
    public void ReferencesMembershipAndOrderAreThoseOfTheModel() => Agrees(isolationKeepsOnList: false);

    [Fact]
    public void AModelThatLeavesAnIsolatedFolioListedIsFound() => Assert.Throws<CsCheckException>(() => Agrees(isolationKeepsOnList: true));

    private void Agrees(bool isolationKeepsOnList)
    {
        Gen<(int Slot, int Cpu)> where = Gen.Select(Gen.Int[0, Slots - 1], Gen.Int[0, Cpus - 1]);
        Gen<(LruSubject, LruModel)> starts = Gen.Select(Gen.Int[1, 4], Gen.Int[0, 1]).Select((capacity, policy) =>
        {
            LruSubject subject = new(Cpus, capacity, Slots, (DeadFolioDrain)policy);
            _subjects.Add(subject);
            return (subject, new LruModel(Cpus, capacity, Slots) { IsolationKeepsOnList = isolationKeepsOnList });
        });
        starts.SampleModelBased(
            [
                Gen.Select(where, Gen.Int[0, s_flags.Length - 1], Gen.Int[-4, 2]).Operation<LruSubject, LruModel>(
                    n => $"new {n.Item1} {s_flags[n.Item2]} order {Order(n.Item3)}",
                    (subject, n) => subject.New(n.Item1.Slot, s_flags[n.Item2], Order(n.Item3), n.Item1.Cpu),
                    (model, n) => model.New(n.Item1.Slot, s_flags[n.Item2], Order(n.Item3), n.Item1.Cpu)),
                where.Operation<LruSubject, LruModel>(w => $"get {w}", (subject, w) => subject.Get(w.Slot), (model, w) => model.Get(w.Slot)),
                where.Operation<LruSubject, LruModel>(w => $"put {w}", (subject, w) => subject.Put(w.Slot, w.Cpu), (model, w) => model.Put(w.Slot)),
                where.Operation<LruSubject, LruModel>(w => $"isolate {w}", (subject, w) => subject.Isolate(w.Slot, w.Cpu), (model, w) => model.Isolate(w.Slot)),
                where.Operation<LruSubject, LruModel>(w => $"put back {w}", (subject, w) => subject.PutBack(w.Slot, w.Cpu), (model, w) => model.PutBack(w.Slot, w.Cpu)),
                Gen.Select(where, Gen.Int[(int)BatchKind.Rotate, (int)BatchKind.Activate]).Operation<LruSubject, LruModel>(
                    r => $"{(BatchKind)r.Item2} {r.Item1}",
                    (subject, r) => subject.Request(r.Item1.Slot, (BatchKind)r.Item2, r.Item1.Cpu),
                    (model, r) => model.Request(r.Item1.Slot, (BatchKind)r.Item2, r.Item1.Cpu)),
                Gen.Int[0, Cpus - 1].Operation<LruSubject, LruModel>(cpu => $"drain {cpu}", (subject, cpu) => subject.Drain(cpu), (model, cpu) => model.Drain(cpu)),
                Gen.Int[0, Cpus - 1].Operation<LruSubject, LruModel>(cpu => $"drain all from {cpu}", (subject, cpu) => subject.DrainAll(cpu), (model, cpu) => model.DrainAll(cpu)),
                Gen.Int[0, Cpus - 1].Operation<LruSubject, LruModel>(cpu => $"disable from {cpu}", (subject, cpu) => subject.Disable(cpu), (model, cpu) => model.Disable(cpu)),
                Gen.Int[0, Cpus - 1].Operation<LruSubject, LruModel>(cpu => $"enable from {cpu}", (subject, cpu) => subject.Enable(cpu), (model, _) => model.Enable()),
            ],
            equal: (subject, model) => $"{subject}" == $"{model}", iter: 600);
    }

    // Mostly single frames.
    private static int Order(int drawn) => Math.Max(drawn, 0);
}
