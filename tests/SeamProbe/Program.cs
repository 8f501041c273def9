using System.Runtime;
using System.Runtime.CompilerServices;
using MemCore.Primitives;
using MemCore.SeamProbe;

// The child of the disassembly guard. What is compiled, and how, the parent says by the runtime's DOTNET_Jit* variables.
//   words    calls each word operation until it has its last tier
//   engine   calls the engine all over
//   explore  in front: turns the seam on, so that the guard has something to find
int at = 0;
if (args.Length > 0 && args[0] == "explore")
{
    AppContext.SetSwitch("MemCore.Explore", true);
    AppContext.SetSwitch("MemCore.Plant", true);
    at = 1;
}
Seam.Settle();
switch (args.ElementAtOrDefault(at))
{
    case "words":
        // Calls are counted and compiled in the background; done when the compiler has had nothing to do for many rounds.
        int compiled = -1;
        for (int round = 0, quiet = 0; quiet < 2000 && round < 100_000; round++)
        {
            for (int call = 0; call < 100; call++) { WordCalls.Each(); }
            Thread.Yield();
            int now = (int)JitInfo.GetCompiledMethodCount();
            quiet = now == compiled ? quiet + 1 : 0;
            compiled = now;
        }
        return 0;
    case "engine":
        WarmEngine.Run();
        WarmMachine.Run();
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: MemCore.SeamProbe [explore] words|engine");
        return 2;
}

/// <summary>One call of each form.</summary>
internal static class WordCalls
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Each()
    {
        int count = 2;
        uint flags = 0;
        ulong wide = 0;
        EngineForms.Load(ref count);
        BareForms.Load(ref count);
        EngineForms.Store(ref count, 2);
        BareForms.Store(ref count, 2);
        EngineForms.LoadWide(ref wide);
        BareForms.LoadWide(ref wide);
        EngineForms.StorePlain(ref wide, 1);
        BareForms.StorePlain(ref wide, 1);
        EngineForms.Fence();
        BareForms.Fence();
        EngineForms.CompareExchange(ref count, 2, 2);
        BareForms.CompareExchange(ref count, 2, 2);
        EngineForms.CompareExchangeUnsigned(ref flags, 0, 0);
        BareForms.CompareExchangeUnsigned(ref flags, 0, 0);
        EngineForms.CompareExchangeWide(ref wide, 1, 1);
        BareForms.CompareExchangeWide(ref wide, 1, 1);
        EngineForms.Exchange(ref count, 2);
        BareForms.Exchange(ref count, 2);
        EngineForms.Add(ref count, 0);
        BareForms.Add(ref count, 0);
        EngineForms.AddWide(ref wide, 0);
        BareForms.AddWide(ref wide, 0);
        EngineForms.Or(ref flags, 2);
        BareForms.Or(ref flags, 2);
        EngineForms.And(ref flags, 2);
        BareForms.And(ref flags, 2);
        EngineForms.Get(ref count);
        BareForms.Get(ref count);
        EngineForms.TryGet(ref count);
        BareForms.TryGet(ref count);
        EngineForms.PutTestZero(ref count);
        BareForms.PutTestZero(ref count);
        EngineForms.TryFreeze(ref count, 1);
        BareForms.TryFreeze(ref count, 1);
        EngineForms.TryLock(ref flags);
        EngineForms.UnlockReturnsWaiters(ref flags);
        BareForms.TryLock(ref flags);
        BareForms.UnlockReturnsWaiters(ref flags);
        EngineForms.Noted(ref count);
        BareForms.Noted(ref count);
    }
}
