using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Litmus;

public class LitmusTests
{
    public static TheoryData<string> Names() => [.. LitmusCatalogue.All.Select(l => l.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EachModeShowsItsOutcomesAndNoOther(string name)
    {
        Litmus litmus = LitmusCatalogue.All.Single(l => l.Name == name);
        foreach (MemoryModel memory in Enum.GetValues<MemoryModel>())
        {
            string[] expected = [.. (memory == MemoryModel.Tso ? litmus.Tso : litmus.Sc).Order()];
            foreach (ExplorationOptions options in CompleteSearches(memory))
            {
                IReadOnlySet<string> observed = litmus.Program.Explore(options, out ExplorationResult result);
                Assert.True(result.Complete);
                Assert.Empty(result.Found);
                Assert.Equal(expected, observed.Order());
            }
            Assert.Equal(expected, LitmusMachine.Outcomes(litmus.Program, memory == MemoryModel.Tso).Order());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RaceModeObjectsToPlainAccessesWithoutAnOrder(string name)
    {
        Litmus litmus = LitmusCatalogue.All.Single(l => l.Name == name);
        litmus.Program.Explore(new ExplorationOptions { Strategy = Strategy.States, Races = true }, out ExplorationResult result);
        Assert.True(result.Complete);
        Assert.Equal(litmus.Races ? [ViolationKind.DataRace] : [], result.Found.Select(f => f.Kind));
    }

    [Fact]
    public void AskedOutcomeIsNeverSequentiallyConsistent() =>
        Assert.All(LitmusCatalogue.All, l => Assert.DoesNotContain(l.Asked, l.Sc));

    [Fact]
    public void RandomProgramsHaveTheOutcomesOfTheDefinition()
    {
        const int Seed = 20261121;
        Random random = new(Seed);
        int weak = 0;
        for (int i = 0; i < 400; i++)
        {
            LitmusProgram program = Draw(random);
            foreach (bool buffers in (bool[])[false, true])
            {
                IReadOnlySet<string> defined = LitmusMachine.Outcomes(program, buffers);
                ExplorationOptions options = new() { Strategy = Strategy.States, PlainPoints = true, Memory = buffers ? MemoryModel.Tso : MemoryModel.SequentiallyConsistent };
                IReadOnlySet<string> observed = program.Explore(options, out ExplorationResult result);
                Assert.True(result.Complete, $"seed {Seed}, program {i}: {program}");
                Assert.True(defined.SetEquals(observed), $"seed {Seed}, program {i}: {program}: {string.Join(", ", defined)} are defined, {string.Join(", ", observed)} observed");
                if (buffers && !defined.SetEquals(LitmusMachine.Outcomes(program, buffers: false))) { weak++; }
            }
        }
        Assert.True(weak >= 6, $"only {weak} programs tell the modes apart");
    }

    [Fact]
    public void RandomWalkComesToTheWeakOutcome()
    {
        Litmus litmus = LitmusCatalogue.All[0];
        ExplorationOptions options = new() { Strategy = Strategy.Random, Memory = MemoryModel.Tso, Time = TimeSpan.FromMilliseconds(100) };
        Assert.Contains(litmus.Asked, litmus.Program.Explore(options with { Prune = false }, out _));
    }

    // Without bound every interleaving once, then over stored states; with as many preemptions as there are steps.
    private static IEnumerable<ExplorationOptions> CompleteSearches(MemoryModel memory) =>
    [
        new() { Memory = memory, PlainPoints = true, Strategy = Strategy.States, Prune = false },
        new() { Memory = memory, PlainPoints = true, Strategy = Strategy.States },
        new() { Memory = memory, PlainPoints = true, Strategy = Strategy.Dfs, PreemptionsMax = 6 },
    ];

    private static LitmusProgram Draw(Random random)
    {
        int register = 0;
        LitmusStep[][] threads = [.. Enumerable.Range(0, random.Next(2, 4)).Select(_ => Enumerable.Range(0, random.Next(1, 4)).Select(_ => Step()).ToArray())];
        return new LitmusProgram("r0 r1 r2 r3 r4 r5 x y z", threads);

        LitmusStep Step()
        {
            int word = random.Next(2);
            int value = random.Next(1, 3);
            return random.Next(8) switch
            {
                < 3 when register < LitmusProgram.Registers => new(LitmusKind.Load, word, 0, register++),
                3 when register < LitmusProgram.Registers => new(LitmusKind.Exchange, word, value, register++),
                4 => new(random.Next(4) == 0 ? LitmusKind.FenceAll : LitmusKind.Fence),
                5 => new(LitmusKind.PlainStore, word, value),
                _ => new(LitmusKind.Store, word, value),
            };
        }
    }
}
