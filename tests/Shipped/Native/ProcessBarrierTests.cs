using MemCore.Native;

namespace MemCore.Tests.Native;

public sealed class ProcessBarrierTests
{
    private int _rare;
    private int _frequent;

    /// <summary>Store, then load the other's word. Only the rare side fences, for both: at least one must see the other's store.</summary>
    [Fact]
    public void OneSidesFenceOrdersBothSides()
    {
        const int Rounds = 3_000;
        int[] seenByRare = new int[Rounds];
        int[] seenByFrequent = new int[Rounds];
        using var gate = new Barrier(2, _ => (_rare, _frequent) = (0, 0));
        OwnThread.RunAll(2, thread =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                gate.SignalAndWait();
                if (thread == 0)
                {
                    Volatile.Write(ref _rare, 1);
                    ProcessBarrier.FullFence();
                    seenByRare[round] = Volatile.Read(ref _frequent);
                }
                else
                {
                    Volatile.Write(ref _frequent, 1);
                    seenByFrequent[round] = Volatile.Read(ref _rare);
                }
                gate.SignalAndWait();
            }
        });
        Assert.DoesNotContain(0, Enumerable.Range(0, Rounds).Select(round => seenByRare[round] + seenByFrequent[round]));
    }

    [Fact]
    public void TheFormInUseIsTold()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"expedited: {ProcessBarrier.IsExpedited}");
        if (!OperatingSystem.IsLinux()) { Assert.False(ProcessBarrier.IsExpedited); }
    }
}
