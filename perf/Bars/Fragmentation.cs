using MemCore.Allocation;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Bars;

/// <summary>Wholly free blocks at the end of a shape of guard G3.</summary>
internal readonly record struct Fragmented(int AfterRoundThree, int AfterRoundTen);

/// <summary>What guard G3 does to an allocator: single frames come and go at random, in bursts, on one CPU.</summary>
internal static class Fragmentation
{
    /// <summary>8 GiB: 4,096 blocks of 2 MiB.</summary>
    public const int Frames = 1 << 21;

    public const int Seeds = 5;
    public const int Rounds = 10;
    public const int HalfFreeMin = 1960;
    public const int HalfFreeStretch = 2000;
    public const int HalfFreedMin = 1900;
    public const int HalfFreedStretchAfterRoundThree = 1000;

    private const int Burst = 64;
    private const int EarlyRound = 3;

    private static readonly TaskId s_me = new(0);

    /// <summary>Filled from empty to half, then churned.</summary>
    public static Fragmented FilledToHalf(int seed, int frames = Frames)
    {
        using EngineRig rig = new(frames);
        int[] live = new int[frames / 2];
        for (int i = 0; i < live.Length; i++) { live[i] = Take(rig); }
        XorShift random = new((ulong)seed);
        return Churn(rig, live, ref random);
    }

    /// <summary>Filled wholly, a random half freed, then churned.</summary>
    public static Fragmented FilledWhollyAndHalfFreed(int seed, int frames = Frames)
    {
        using EngineRig rig = new(frames);
        int[] all = new int[frames];
        for (int i = 0; i < all.Length; i++) { all[i] = Take(rig); }
        XorShift random = new((ulong)seed);
        for (int i = 0; i < frames / 2; i++)
        {
            int pick = i + random.Below(frames - i);
            (all[i], all[pick]) = (all[pick], all[i]);
            Give(rig, all[i]);
        }
        return Churn(rig, all[(frames / 2)..], ref random);
    }

    // A round replaces as many frames as are live.
    private static Fragmented Churn(EngineRig rig, int[] live, ref XorShift random)
    {
        int early = 0;
        for (int round = 1; round <= Rounds; round++)
        {
            for (int i = 0; i < live.Length / Burst; i++) { Replace(rig, live, ref random); }
            if (round == EarlyRound) { early = rig.Allocator.WhollyFreeBlocksAtRest(); }
        }
        return new Fragmented(early, rig.Allocator.WhollyFreeBlocksAtRest());
    }

    // The burst's frames are swapped to the end, freed, and replaced there.
    private static void Replace(EngineRig rig, int[] live, ref XorShift random)
    {
        for (int b = 0; b < Burst; b++)
        {
            int pick = random.Below(live.Length - b);
            int last = live.Length - 1 - b;
            (live[pick], live[last]) = (live[last], live[pick]);
            Give(rig, live[last]);
        }
        for (int b = 0; b < Burst; b++) { live[live.Length - 1 - b] = Take(rig); }
    }

    private static int Take(EngineRig rig)
    {
        Pfn pfn = rig.Allocator.Allocate(s_me, 0, MigrateType.Movable);
        Bug.If(pfn.IsNone, ViolationKind.Unexpected, "no frame where half are free");
        return pfn.Value;
    }

    private static void Give(EngineRig rig, int frame)
    {
        bool last = rig.Table.Ref(new Pfn(frame)).PutTestZero();
        Bug.If(!last, ViolationKind.Unexpected, "somebody else holds the frame");
        rig.Allocator.Free(s_me, new Pfn(frame), 0);
    }
}
