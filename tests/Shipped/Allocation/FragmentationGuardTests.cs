using MemCore.Allocation;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

/// <summary>Guard G3: speed must not be bought by scattering. 8 GiB of frames, single frames, one CPU, xorshift64*.</summary>
public class FragmentationGuardTests
{
    private const int Frames = 1 << 21;
    private const int Burst = 64;
    private const int Rounds = 10;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void FilledToHalfItKeepsItsFreeBlocks(int seed)
    {
        using AllocatorRig rig = new(Frames);
        int[] live = new int[Frames / 2];
        for (int i = 0; i < live.Length; i++) { live[i] = rig.Take().Value; }
        XorShift random = new((ulong)seed);
        int free = Churn(rig, live, ref random);
        TestContext.Current.SendDiagnosticMessage($"G3 filled to half, seed {seed}: {free}");
        Assert.True(free >= 1960, $"seed {seed}: {free} wholly free blocks after round {Rounds}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void FilledWhollyAndHalfFreedItFindsItsWayBack(int seed)
    {
        using AllocatorRig rig = new(Frames);
        int[] all = new int[Frames];
        for (int i = 0; i < all.Length; i++) { all[i] = rig.Take().Value; }
        XorShift random = new((ulong)seed);
        for (int i = 0; i < Frames / 2; i++)
        {
            int pick = i + random.Below(Frames - i);
            (all[i], all[pick]) = (all[pick], all[i]);
            rig.Give(new Pfn(all[i]));
        }
        int free = Churn(rig, all[(Frames / 2)..], ref random);
        TestContext.Current.SendDiagnosticMessage($"G3 filled wholly, half freed, seed {seed}: {free}");
        Assert.True(free >= 1900, $"seed {seed}: {free} wholly free blocks after round {Rounds}");
    }

    private static int Churn(AllocatorRig rig, int[] live, ref XorShift random)
    {
        for (int i = 0; i < Rounds * (live.Length / Burst); i++)
        {
            // The burst's frames are swapped to the end, freed, and replaced there.
            for (int b = 0; b < Burst; b++)
            {
                int pick = random.Below(live.Length - b);
                int last = live.Length - 1 - b;
                (live[pick], live[last]) = (live[last], live[pick]);
                rig.Give(new Pfn(live[last]));
            }
            for (int b = 0; b < Burst; b++) { live[live.Length - 1 - b] = rig.Take().Value; }
        }
        return rig.Allocator.WhollyFreeBlocksAtRest();
    }
}
