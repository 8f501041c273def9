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
    /// <param name="pass">Calls everything <see cref="Calls"/> times, not measured.</param>
    /// <param name="quick">Once, and no pause: times will not be looked at.</param>
    public static void Run(Action pass, bool quick)
    {
        if (quick)
        {
            pass();
            return;
        }
        int quiet = 0;
        for (int passes = 0; quiet < QuietPasses && passes < PassesMax; passes++)
        {
            long compiled = JitInfo.GetCompiledMethodCount();
            pass();
            Thread.Sleep(PauseMs);
            quiet = JitInfo.GetCompiledMethodCount() == compiled ? quiet + 1 : 0;
        }
    }
}
