using System.Runtime;

namespace MemCore.Perf.Measuring;

/// <summary>Runs what will be measured until the runtime has compiled it for good.</summary>
/// <remarks>
/// Calls count towards the tiers; in the pauses the background compiler works and new counts begin. How long that takes depends on what else the
/// process compiles, so no number of passes would do.
/// </remarks>
internal static class WarmUp
{
    /// <summary>Calls that a pass makes of every method to be compiled: more than the runtime counts before it promotes one.</summary>
    public const int Calls = 40;

    private const int PauseMs = 150;
    private const int QuietPasses = 4;
    private const int PassesMax = 40;

    /// <summary>Repeats the pass until nothing was compiled during four of them: calls are counted only some time after the last method was compiled for the first time.</summary>
    /// <param name="once">Calls everything once, not measured.</param>
    /// <param name="quick">Once, and no pause: times will not be looked at.</param>
    /// <param name="calls">How often a pass calls it; fewer for what calls loops many times itself.</param>
    public static void Run(Action once, bool quick, int calls = Calls)
    {
        if (quick)
        {
            Pass();
            return;
        }
        int quiet = 0;
        for (int passes = 0; quiet < QuietPasses && passes < PassesMax; passes++)
        {
            long compiled = JitInfo.GetCompiledMethodCount();
            Pass();
            Thread.Sleep(PauseMs);
            quiet = JitInfo.GetCompiledMethodCount() == compiled ? quiet + 1 : 0;
        }

        void Pass()
        {
            for (int call = 0; call < calls; call++) { once(); }
        }
    }
}
