using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Migration;

/// <summary>Writers and migrators on real threads: no write is lost, no frame is. MEMCORE_STRESS=1 makes the runs longer.</summary>
public sealed class MigrationStress(ITestOutputHelper output)
{
    private const int PagesPerMm = 16;

    private static readonly int s_rounds = Environment.GetEnvironmentVariable("MEMCORE_STRESS") == "1" ? 200_000 : 3_000;

    [Theory]
    [InlineData(nameof(MigrationFlush.Batched), nameof(MoveRetry.KeepEntries))]
    [InlineData(nameof(MigrationFlush.Immediate), nameof(MoveRetry.RollBack))]
    public void NoWriteIsLostAndEveryFrameComesBack(string flush, string retry)
    {
        const int Tasks = 4;
        using MigrationRig rig = new(new MigrationPolicy { Flush = Enum.Parse<MigrationFlush>(flush), MoveRetry = Enum.Parse<MoveRetry>(retry) }, Tasks, cpus: 3);
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        CacheId cache = rig.Machine.Caches.Create(MigrationRig.Me);
        MmId[] anon = [rig.NewMm(PagesPerMm), rig.NewMm(PagesPerMm)];
        MmId[] file = [.. Enumerable.Range(0, 2).Select(_ => rig.NewMm(PagesPerMm, VmaFlags.Write | VmaFlags.Shared, cache))];

        int writing = 2;
        Threads(Tasks, task =>
        {
            Random random = new(seed + task.Value);
            if (task.Value < 2)
            {
                // Even pages of the file are written by the one, odd ones by the other; both read all.
                Writer(rig, task, random, anon[task.Value], file[task.Value]);
                Interlocked.Decrement(ref writing);
                return;
            }
            while (Volatile.Read(ref writing) > 0) { MigrateSome(rig, task, random, anon, file); }
        });

        output.WriteLine($"moved {rig.Sum(EventCounter.PgMigrateSuccess)}, failed {rig.Sum(EventCounter.PgMigrateFail)}, waited {rig.Sum(EventCounter.MigrationEntryWaited)}, "
            + $"lock busy {rig.Sum(EventCounter.MigrateLockBusy)}, freeze failed {rig.Sum(EventCounter.MigrateFreezeFailed)}, pinned {rig.Sum(EventCounter.MigratePinned)}");
        rig.Machine.Drain.DrainAll(MigrationRig.Me);
        rig.AssertAtRest();
        foreach (MmId mm in anon.Concat(file)) { rig.Machine.Mms.Exit(MigrationRig.Me, mm); }
        rig.Machine.Drain.DrainAll(MigrationRig.Me);
        rig.Machine.Caches.Destroy(MigrationRig.Me, cache);
        rig.AssertAllFree();
    }

    private static void Writer(MigrationRig rig, TaskId task, Random random, MmId anon, MmId file)
    {
        PageSignature?[] mine = new PageSignature?[PagesPerMm];
        PageSignature?[] shared = new PageSignature?[PagesPerMm];
        for (uint round = 1; round <= s_rounds; round++)
        {
            int page = random.Next(PagesPerMm);
            int half = (page & ~1) | task.Value;
            switch (random.Next(8))
            {
                case 0:
                    rig.Machine.Mms.Discard(task, anon, page, 1);
                    mine[page] = null;
                    break;
                case 1:
                    Pfn pinned = rig.Machine.Pins.TryPin(task, anon, page, write: true);
                    mine[page] ??= new PageSignature((uint)anon.Value, 0, page);
                    Assert.False(pinned.IsNone);
                    rig.Machine.Pins.Unpin(task, pinned);
                    break;
                case 2:
                    MmId child = rig.Machine.Mms.Fork(task, anon);
                    for (int p = 0; p < PagesPerMm; p++)
                    {
                        if (mine[p] is { } signature) { Assert.Equal(signature, rig.Read(child, p, task)); }
                    }
                    rig.Machine.Mms.Exit(task, child);
                    break;
                case 3 or 4: shared[half] = rig.Write(file, half, round, task); break;
                default: mine[page] = rig.Write(anon, page, round, task); break;
            }
            page = random.Next(PagesPerMm);
            half = (page & ~1) | task.Value;
            if (mine[page] is { } own) { Assert.Equal(own, rig.Read(anon, page, task)); }
            if (shared[half] is { } written) { Assert.Equal(written, rig.Read(file, half, task)); }
        }
    }

    private static void MigrateSome(MigrationRig rig, TaskId task, Random random, MmId[] anon, MmId[] file)
    {
        MmId mm = random.Next(3) == 0 ? file[random.Next(2)] : anon[random.Next(2)];
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            Pte pte = rig.PteOf(mm, random.Next(PagesPerMm));
            if (pte.IsPresent) { rig.Machine.Migrator.TryIsolate(task, pte.Pfn, rig.List(task)); }
        }
        if (random.Next(8) != 0) { rig.Machine.Migrator.MigratePages(task, rig.List(task), rig.Machine.Migrator.Anywhere, (MigrateMode)random.Next(3), MigrateReason.Compaction); }
        rig.Machine.Migrator.Putback(task, rig.List(task));
        rig.Machine.Drain.DrainLocal(task);
    }

    // A task that failed may leave others waiting for ever: the first failure ends the test, not the threads.
    private static void Threads(int count, Action<TaskId> body)
    {
        using BlockingCollection<Exception?> ends = new(count);
        for (int t = 0; t < count; t++)
        {
            TaskId task = new(t);
            new Thread(() => ends.Add(Record.Exception(() => body(task)))) { IsBackground = true }.Start();
        }
        for (int t = 0; t < count; t++)
        {
            if (ends.Take() is { } failure) { ExceptionDispatchInfo.Throw(failure); }
        }
    }
}
