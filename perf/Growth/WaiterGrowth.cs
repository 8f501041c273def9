using System.Diagnostics;
using MemCore.Native;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Growth;

/// <summary>Cost per waiter of an unlock that wakes them, as more threads wait for one folio.</summary>
/// <remarks>
/// Real threads that really sleep: who unlocks sits on one CPU, the waiters on the others. Beside it the same threads asleep on a word of
/// their own each and woken one by one: what the OS asks for as many wakes without any table. The wakes of a crowd take longer than a
/// scheduler's turn, so on a shared machine a median would be of others' work: each figure is the least of the rounds.
/// </remarks>
internal sealed class WaiterGrowth : IDisposable
{
    public const string Axis = "waiters";

    private const int Frames = 1 << 12;
    private const int JobNothing = 0;
    private const int JobWait = 1;
    private const int JobLock = 2;
    private const int SettleMs = 2;
    private const int ThreadsAsleepPerMs = 25;

    private static readonly double s_nsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly MachineRig _rig;
    private readonly SleeperGang _gang;
    private readonly OwnedWords _owned = new();
    private readonly Pfn _folio;

    private WaiterGrowth(int waitersMost, int[] cpus)
    {
        _rig = new MachineRig(MachineRig.Sized(Frames, tasks: waitersMost + 1));
        _folio = _rig.Machine.Allocator.Allocate(MachineRig.Me, 0, Allocation.MigrateType.Movable);
        int others = Math.Max(cpus.Length - 1, 1);
        _gang = new SleeperGang(waitersMost, n => cpus[cpus.Length == 1 ? 0 : 1 + (n % others)], _ => { }, WaitUnlocked, LockUnlock);
    }

    public static IReadOnlyList<GrowthSeries> Measure(GrowthOptions options, Action<string> progress)
    {
        GrowthSeries unlock = new(Axis, "unlock, per waiter", "bare futex wake, per thread", Law.Flat);
        GrowthSeries woken = new(Axis, "unlock until the last one runs, per waiter", "bare futex wakes until the last one runs", Law.Flat);
        GrowthSeries chain = new(Axis, "lock handed on, per waiter", "bare futex wakes until the last one runs", Law.Flat);
        int[] cpus = [.. CpuTopology.Current.Cpus.Select(c => c.Id)];
        ThreadPinning.TryPin(cpus[0]);
        using (WaiterGrowth waiters = new(options.Crowds[^1], cpus))
        {
            foreach (int count in options.Crowds)
            {
                progress($"{count} waiters");
                waiters.MeasureCrowd(options, count, unlock, woken, chain);
            }
        }
        ThreadPinning.TryRestore(out _);
        return [unlock, woken, chain];
    }

    public void Dispose()
    {
        _gang.Dispose();
        _owned.Dispose();
        _rig.Dispose();
    }

    private void MeasureCrowd(GrowthOptions options, int count, GrowthSeries unlock, GrowthSeries woken, GrowthSeries chain)
    {
        int rounds = options.Rounds + (options.Quick ? 0 : Math.Min(40, 400 / count));
        double[] rmw = new double[rounds];
        double[] bareWake = new double[rounds];
        double[] bareWoken = new double[rounds];
        double[] engineWake = new double[rounds];
        double[] engineWoken = new double[rounds];
        double[] engineChain = new double[rounds];
        long allocated = _gang.AllocatedBytes;
        for (int round = 0; round < rounds; round++)
        {
            rmw[round] = RawRmw();
            (bareWake[round], bareWoken[round]) = BareWakes(count);
            (engineWake[round], engineWoken[round]) = Unlock(count, JobWait);
            (_, engineChain[round]) = Unlock(count, JobLock);
        }
        allocated = _gang.AllocatedBytes - allocated;
        unlock.Add(PointOf(engineWake, bareWake));
        woken.Add(PointOf(engineWoken, bareWoken));
        chain.Add(PointOf(engineChain, bareWoken));

        GrowthPoint PointOf(double[] engine, double[] bare) => new(count, engine.Min(), engine.Min(), rmw.Min(), bare.Min(), allocated);
    }

    private double RawRmw()
    {
        const int operations = 20_000;
        long start = Stopwatch.GetTimestamp();
        _owned.RawRmw(operations);
        return (Stopwatch.GetTimestamp() - start) * s_nsPerTick / operations;
    }

    // All asleep on their words; each is woken for nothing and sleeps again.
    private (double Wake, double All) BareWakes(int count)
    {
        Settle(count);
        long start = Stopwatch.GetTimestamp();
        _gang.Tell(count, JobNothing);
        long told = Stopwatch.GetTimestamp();
        _gang.AwaitDone(count);
        long done = Stopwatch.GetTimestamp();
        return ((told - start) * s_nsPerTick / count, (done - start) * s_nsPerTick / count);
    }

    // The lock is ours while they queue; all are asleep when it is given back.
    private (double Unlock, double All) Unlock(int count, int job)
    {
        FolioLockOf().Lock(MachineRig.Me, _folio);
        long asleep = _rig.Machine.Events.Sum(EventCounter.WaiterSlept) + count;
        _gang.Tell(count, job);
        while (_rig.Machine.Events.Sum(EventCounter.WaiterSlept) < asleep) { Thread.Sleep(1); }
        Settle(count);
        long start = Stopwatch.GetTimestamp();
        FolioLockOf().Unlock(MachineRig.Me, _folio);
        long unlocked = Stopwatch.GetTimestamp();
        _gang.AwaitDone(count);
        long done = Stopwatch.GetTimestamp();
        return ((unlocked - start) * s_nsPerTick / count, (done - start) * s_nsPerTick / count);
    }

    // Who says that it is about to sleep still spins for a while: the CPUs must have come to everybody.
    private static void Settle(int count) => Thread.Sleep(SettleMs + (count / ThreadsAsleepPerMs));

    private void WaitUnlocked(int thread) => FolioLockOf().WaitUnlocked(new TaskId(thread + 1), _folio);

    private void LockUnlock(int thread)
    {
        FolioLockOf().Lock(new TaskId(thread + 1), _folio);
        FolioLockOf().Unlock(new TaskId(thread + 1), _folio);
    }

    private Waiting.FolioLock FolioLockOf() => _rig.Machine.Locks;
}
