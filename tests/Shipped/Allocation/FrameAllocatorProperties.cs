using System.Collections.Concurrent;
using CsCheck;
using MemCore.Allocation;

namespace MemCore.Tests.Allocation;

/// <summary>The allocator against simpler ones, on machines of a few blocks.</summary>
public sealed class FrameAllocatorProperties : IDisposable
{
    private const int Cpus = 2;
    private const int Histories = 3000; // a wrong model contradicts about one in two hundred
    private const int BatchMax = 16; // a machine that allocates singly and then splits has as many and more

    private readonly ConcurrentBag<PropertyMachine> _machines = [];

    public void Dispose()
    {
        foreach (PropertyMachine machine in _machines) { machine.Dispose(); }
    }

    [Fact]
    public void EveryAnswerIsOneThatTheModelAllows() => AgreesWithModel(believesIsolationDrains: false);

    [Fact]
    public void AModelThatIsWrongAboutIsolationIsFound()
    {
        CsCheckException e = Assert.Throws<CsCheckException>(() => AgreesWithModel(believesIsolationDrains: true));
        Assert.Contains("which is not to be had", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(4, 6)]
    public void WithRoomForAllEachOutcomeIsThatOfSomeOrder(int blockOrder, int rowOrder) =>
        HasAnOrder(new AllocatorShape(384 >> blockOrder, blockOrder, rowOrder, ListCapacity: 4, Reserve: -1), losesOrder: -1);

    [Fact]
    public void AFreeThatForgetsItsFramesIsFound()
    {
        CsCheckException e = Assert.Throws<CsCheckException>(() => HasAnOrder(new AllocatorShape(24, 4, 6, 4, -1), losesOrder: 1));
        Assert.Contains("lost", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Requests fail here in ways that no order need explain; what stays is that each frame is owned once or free.</summary>
    [Theory]
    [InlineData(2, 0)]
    [InlineData(2, 6)]
    [InlineData(3, 1)]
    [InlineData(3, 6)]
    public void NoFrameIsLostOrOwnedTwiceWhenThereAreTooFew(int blockOrder, int rowOrder)
    {
        AllocatorShape shape = new(Blocks: 3, blockOrder, rowOrder, ListCapacity: 3, Reserve: -1);
        Gen.Int[0, 9].Select(_ => (Start(shape, -1), 0)).SampleParallel(
            [
                Requests(shape).Operation<PropertyMachine, int>(r => $"take {r.Order} {r.Type}", (machine, r) => machine.Take(r.Order, r.Type), (_, _) => { }),
                Gen.Int[0, 1].Operation<PropertyMachine, int>(order => $"give {order}", (machine, order) => machine.Give(order), (_, _) => { }),
                Gen.Int[2, shape.MaxOrder].Operation<PropertyMachine, int>(order => $"give {order}", (machine, order) => machine.Give(order), (_, _) => { }),
                Gen.Int[0, BatchMax].Operation<PropertyMachine, int>(count => $"give a batch of {count}", (machine, count) => machine.GiveBatch(count), (_, _) => { }),
                Gen.Int[1, shape.MaxOrder].Operation<PropertyMachine, int>(order => $"split {order}", (machine, order) => machine.Split(order), (_, _) => { }),
                Isolations(0).Operation<PropertyMachine, int>(i => $"isolate {i.Block} {i.Wanted}", (machine, i) => machine.Isolate(i.Block, i.Wanted), (_, _) => { }),
                Gen.Int[0, Cpus - 1].Operation<PropertyMachine, int>(cpu => $"drain {cpu}", (machine, cpu) => machine.Drain(cpu), (_, _) => { }),
                Picks(2).Operation<PropertyMachine, int>(p => $"pick {p.Block} {p.Most} {p.EvenWhole}", (machine, p) => machine.Pick(p.Block, p.Most, p.EvenWhole), (_, _) => { }),
            ],
            equal: (machine, _) => machine.FindFault() is null, printActual: machine => $"{machine}", maxSequentialOperations: 12, maxParallelOperations: 8,
            iter: 150, threads: 3);
    }

    private void AgreesWithModel(bool believesIsolationDrains)
    {
        Gen<(PropertyMachine, AllocatorModel)> starts = AllocatorShape.Small.Select(shape =>
        {
            PropertyMachine machine = Start(shape, -1);
            return (machine, new AllocatorModel(machine) { BelievesIsolationDrains = believesIsolationDrains });
        });
        Gen<(int Order, MigrateType Type)> any = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3]).Select((order, type) => (order, (MigrateType)type));
        starts.SampleModelBased(
            [
                Gen.Int[0, 3].Operation<PropertyMachine, AllocatorModel>(type => $"take one {(MigrateType)type}",
                    (machine, type) => machine.Take(0, (MigrateType)type), (model, type) => model.Take(0, (MigrateType)type)),
                Gen.Int[0, BatchMax].Operation<PropertyMachine, AllocatorModel>(count => $"give a batch of {count}",
                    (machine, count) => machine.GiveBatch(count), (model, count) => model.GiveBatch(count)),
                any.Operation<PropertyMachine, AllocatorModel>(r => $"take {r.Order} {r.Type}",
                    (machine, r) => machine.Take(machine.Shape.Fit(r.Order, r.Type), r.Type), (model, r) => model.Take(model.Shape.Fit(r.Order, r.Type), r.Type)),
                Gen.Int[0, 5].Operation<PropertyMachine, AllocatorModel>(order => $"give {order}",
                    (machine, order) => machine.Give(Math.Min(order, machine.Shape.MaxOrder)), (model, order) => model.Give(Math.Min(order, model.Shape.MaxOrder))),
                Gen.Int[0, 5].Operation<PropertyMachine, AllocatorModel>(order => $"split {order}",
                    (machine, order) => machine.Split(Math.Min(order, machine.Shape.MaxOrder)), (model, order) => model.Split(Math.Min(order, model.Shape.MaxOrder))),
                Isolations(4).Operation<PropertyMachine, AllocatorModel>(i => $"isolate {i.Block} {i.Wanted}",
                    (machine, i) => machine.Isolate(i.Block % machine.Shape.Blocks, i.Wanted), (model, i) => model.Isolate(i.Block % model.Shape.Blocks, i.Wanted)),
                Gen.Operation<PropertyMachine, AllocatorModel>("drain all", DrainAll, model => model.DrainAll()),
                Picks(4).Operation<PropertyMachine, AllocatorModel>(p => $"pick {p.Block} {p.Most} {p.EvenWhole}",
                    (machine, p) => machine.Pick(p.Block % machine.Shape.Blocks, p.Most, p.EvenWhole), (model, p) => model.Pick(p.Block % model.Shape.Blocks)),
            ],
            equal: (machine, model) => model.Objection is null && machine.FindFault() is null && model.Free == machine.Allocator.FreeFramesAtRest(),
            printActual: machine => $"{machine}", printModel: model => model.Objection ?? $"{model.Free} free", iter: Histories);
    }

    private void HasAnOrder(AllocatorShape shape, int losesOrder)
    {
        Gen.Int[0, 9].Select(_ => (Start(shape, losesOrder), new Outcome(shape))).SampleParallel(
            [
                Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2]).Operation<PropertyMachine, Outcome>(r => $"take {r.Item1} {(MigrateType)r.Item2}",
                    (machine, r) => machine.Take(r.Item1, (MigrateType)r.Item2), (outcome, r) => outcome.Owned[r.Item1]++),
                Gen.Int[0, 2].Operation<PropertyMachine, Outcome>(order => $"give {order}",
                    (machine, order) => machine.Give(order), (outcome, order) => outcome.Owned[order] -= Math.Min(1, outcome.Owned[order])),
                Gen.Int[0, BatchMax].Operation<PropertyMachine, Outcome>(count => $"give a batch of {count}",
                    (machine, count) => machine.GiveBatch(count), (outcome, count) => outcome.Owned[0] -= Math.Min(count, outcome.Owned[0])),
                Gen.Int[1, 2].Operation<PropertyMachine, Outcome>(order => $"split {order}", (machine, order) => machine.Split(order), (outcome, order) =>
                {
                    int one = Math.Min(1, outcome.Owned[order]);
                    outcome.Owned[order] -= one;
                    outcome.Owned[0] += one << order;
                }),
                Isolations(1).Operation<PropertyMachine, Outcome>(i => $"isolate {i.Block} {i.Wanted}",
                    (machine, i) => machine.Isolate(i.Block, i.Wanted), (outcome, i) => outcome.Isolated[i.Block] = i.Wanted),
                Gen.Operation<PropertyMachine, Outcome>("drain all", DrainAll, _ => { }),
            ],
            equal: (machine, outcome) => outcome.IsThatOf(machine) && machine.FindFault() is null, printActual: machine => $"{machine}",
            printModel: outcome => $"owned {string.Join(' ', outcome.Owned)}", iter: 100, threads: 3);
    }

    private PropertyMachine Start(AllocatorShape shape, int losesOrder)
    {
        PropertyMachine machine = new(shape, tasks: 4, Cpus) { LosesOrder = losesOrder };
        _machines.Add(machine);
        return machine;
    }

    private static void DrainAll(PropertyMachine machine)
    {
        for (int cpu = 0; cpu < Cpus; cpu++) { machine.Drain(cpu); }
    }

    private static Gen<(int Order, MigrateType Type)> Requests(AllocatorShape shape) =>
        Gen.Select(Gen.Int[0, shape.MaxOrder], Gen.Int[0, 2]).Select((order, type) => (order, (MigrateType)type));

    private static Gen<(int Block, int Most, bool EvenWhole)> Picks(int lastBlock) =>
        Gen.Select(Gen.Int[0, lastBlock], Gen.Int[1, 6], Gen.Bool).Select((block, most, evenWhole) => (block, most, evenWhole));

    private static Gen<(int Block, bool Wanted)> Isolations(int lastBlock) => Gen.Select(Gen.Int[0, lastBlock], Gen.Bool);

    /// <summary>What some order of the same steps leaves: how many are owned of each order, and which blocks are isolated.</summary>
    private sealed class Outcome(AllocatorShape shape)
    {
        public int[] Owned { get; } = new int[shape.MaxOrder + 1];

        public bool[] Isolated { get; } = new bool[shape.Blocks];

        public bool IsThatOf(PropertyMachine machine) =>
            Enumerable.Range(0, Owned.Length).All(order => machine.CountOf(order) == Owned[order])
            && Enumerable.Range(0, Isolated.Length).All(block => machine.IsIsolated(block) == Isolated[block] && machine.Allocator.IsIsolated(block) == Isolated[block]);
    }
}
