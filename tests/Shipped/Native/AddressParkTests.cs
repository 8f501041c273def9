using System.Runtime.InteropServices;
using MemCore.Native;

namespace MemCore.Tests.Native;

/// <summary>Every form of parking that this OS can run, by name, against the same promises.</summary>
public sealed unsafe class AddressParkTests : IDisposable
{
    private const int WordCount = 4096;

    private readonly int* _words = (int*)NativeMemory.AllocZeroed(WordCount, sizeof(int));

    public static TheoryData<string> Forms => OperatingSystem.IsLinux() && Syscall.IsKnown ? ["Default", "Portable", "Linux"]
        : OperatingSystem.IsWindows() ? ["Default", "Portable", "Windows"] : ["Default", "Portable"];

    public void Dispose() => NativeMemory.Free(_words);

    [Theory, MemberData(nameof(Forms))]
    public void AChangedWordIsNotWaitedFor(string form) => OwnThread.Run(() =>
        Assert.Equal(ParkResult.ValueChanged, Wait(form, _words, 1, Timeout.Infinite)));

    [Theory, MemberData(nameof(Forms))]
    public void AWaitThatNobodyWakesTimesOut(string form) => OwnThread.Run(() =>
    {
        foreach (int timeoutMs in new[] { 0, 1, 20 })
        {
            // Early returns are allowed; a form that only ever returned early would hang here.
            ParkResult result;
            do { result = Wait(form, _words, 0, timeoutMs); } while (result == ParkResult.Woken);
            Assert.Equal(ParkResult.TimedOut, result);
        }
        Assert.Equal(0, AddressPark.Portable.WaitersUnsafe(_words));
    });

    [Theory, MemberData(nameof(Forms))]
    public void AWakeWithoutWaitersIsForgotten(string form) => OwnThread.Run(() =>
    {
        Wake(form, _words, 1);
        Wake(form, _words, int.MaxValue);
        Assert.Equal(ParkResult.TimedOut, Wait(form, _words, 0, 5));
    });

    [Theory, MemberData(nameof(Forms))]
    public void PingPongLosesNoWake(string form)
    {
        const int Rounds = 20_000;
        OwnThread.RunAll(2, side =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                AwaitValue(form, _words, side);
                Volatile.Write(ref *_words, 1 - side);
                Wake(form, _words, 1);
            }
        });
        Assert.Equal(0, *_words);
    }

    [Theory, MemberData(nameof(Forms))]
    public void PairsOnAddressesThatShareABucketDoNotTakeEachOthersWakes(string form)
    {
        const int Rounds = 5_000;
        int bucket = AddressPark.Portable.BucketIndex((nint)_words);
        int[] colliding = [.. Enumerable.Range(0, WordCount).Where(word => AddressPark.Portable.BucketIndex((nint)(_words + word)) == bucket).Take(3)];
        Assert.Equal(3, colliding.Length);
        OwnThread.RunAll(6, thread =>
        {
            int* word = _words + colliding[thread / 2];
            int side = thread % 2;
            for (int round = 0; round < Rounds; round++)
            {
                AwaitValue(form, word, side);
                Volatile.Write(ref *word, 1 - side);
                Wake(form, word, 1);
            }
        });
    }

    [Theory, MemberData(nameof(Forms))]
    public void WakeAllFreesEveryWaiter(string form)
    {
        const int Waiters = 6;
        for (int round = 0; round < 50; round++)
        {
            int* word = _words + round * 2;
            int* arrived = word + 1;
            OwnThread.RunAll(Waiters + 1, thread =>
            {
                if (thread < Waiters)
                {
                    Interlocked.Increment(ref *arrived);
                    while (Volatile.Read(ref *word) == 0) { Wait(form, word, 0, Timeout.Infinite); }
                    return;
                }
                while (Volatile.Read(ref *arrived) < Waiters) { Thread.Yield(); }
                Volatile.Write(ref *word, 1);
                Wake(form, word, int.MaxValue);
            });
        }
    }

    [Fact]
    public void ThePortableFormWakesInOrderAndNoMoreThanAsked()
    {
        int* word = _words;
        int* woken = _words + 1;
        OwnThread.RunAll(4, thread =>
        {
            if (thread < 3)
            {
                Assert.Equal(ParkResult.Woken, AddressPark.Portable.Wait(word, 0, Timeout.Infinite));
                Interlocked.Increment(ref *woken);
                return;
            }
            while (AddressPark.Portable.WaitersUnsafe(word) < 3) { Thread.Yield(); }
            for (int expected = 1; expected <= 3; expected++)
            {
                AddressPark.Portable.Wake(word, 1);
                Assert.Equal(3 - expected, AddressPark.Portable.WaitersUnsafe(word));
                while (Volatile.Read(ref *woken) != expected) { Thread.Yield(); }
            }
        });
    }

    [Theory, MemberData(nameof(Forms))]
    public void ALockBuiltOnItExcludesWithTimedWaitersToo(string form)
    {
        const int Rounds = 4_000;
        int* state = _words; // 0 free, 1 held, 2 held and someone may wait
        int* counter = _words + 64;
        OwnThread.RunAll(4, thread =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                if (Interlocked.CompareExchange(ref *state, 1, 0) != 0)
                {
                    while (Interlocked.Exchange(ref *state, 2) != 0) { Wait(form, state, 2, thread == 0 ? 1 : Timeout.Infinite); }
                }
                (*counter)++;
                if (Interlocked.Exchange(ref *state, 0) == 2) { Wake(form, state, 1); }
            }
        });
        Assert.Equal(4 * Rounds, *counter);
    }

    [Fact]
    public void AnInterruptedPortableWaiterLeavesTheQueue()
    {
        Exception? seen = null;
        var waiter = new Thread(() =>
        {
            try { AddressPark.Portable.Wait(_words, 0, Timeout.Infinite); }
            catch (ThreadInterruptedException e) { seen = e; }
        });
        waiter.Start();
        while (AddressPark.Portable.WaitersUnsafe(_words) == 0) { Thread.Yield(); }
        waiter.Interrupt();
        waiter.Join();

        Assert.NotNull(seen);
        Assert.Equal(0, AddressPark.Portable.WaitersUnsafe(_words));
    }

    private static void AwaitValue(string form, int* word, int value)
    {
        for (int seen; (seen = Volatile.Read(ref *word)) != value;) { Wait(form, word, seen, Timeout.Infinite); }
    }

    private static ParkResult Wait(string form, int* word, int expected, int timeoutMs) => form switch
    {
        "Linux" => AddressPark.Linux.Wait(word, expected, timeoutMs),
        "Windows" => AddressPark.Windows.Wait(word, expected, timeoutMs),
        "Portable" => AddressPark.Portable.Wait(word, expected, timeoutMs),
        _ => AddressPark.Wait(word, expected, timeoutMs),
    };

    private static void Wake(string form, int* word, int waitersMax)
    {
        if (form == "Linux") { AddressPark.Linux.Wake(word, waitersMax); }
        else if (form == "Portable") { AddressPark.Portable.Wake(word, waitersMax); }
        else if (form == "Windows" && waitersMax == 1) { AddressPark.Windows.WakeOne(word); }
        else if (form == "Windows") { AddressPark.Windows.WakeAll(word); }
        else if (waitersMax == 1) { AddressPark.WakeOne(word); }
        else { AddressPark.WakeAll(word); }
    }
}
