using System.Globalization;

namespace MemCore.Perf.Quick;

/// <summary>What a quick run is asked for.</summary>
/// <param name="Json">Records on stdout instead of a table.</param>
/// <param name="Gate">A bar that is exceeded, or a run that cannot be counted, makes the exit code 7.</param>
/// <param name="Rounds">Rounds; each runs every subject once, anchors and engine by turns.</param>
/// <param name="SliceUs">How long one timed stretch of a subject lasts, about.</param>
/// <param name="Frames">Frames of the engine; a bulk operation takes a quarter.</param>
/// <param name="Attempts">Runs at most, until one is steady enough to be counted.</param>
internal sealed record QuickOptions(bool Json, bool Gate, int Rounds, int SliceUs, int Frames, int Attempts)
{
    public const int RoundsMin = 9;

    public const string Usage =
        "usage: MemCore.Perf --quick [--json] [--gate] [--rounds N>=9] [--slice-us N] [--frames N] [--attempts N]";

    public static readonly QuickOptions Default = new(Json: false, Gate: false, Rounds: 15, SliceUs: 150, Frames: 1 << 21, Attempts: 3);

    /// <summary>False: <paramref name="error"/> says what is not understood.</summary>
    public static bool TryParse(string[] args, out QuickOptions options, out string error)
    {
        options = Default;
        error = string.Empty;
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick": break;
                case "--json": options = options with { Json = true }; break;
                case "--gate": options = options with { Gate = true }; break;
                case "--rounds" when TryNumber(args, ref i, RoundsMin, out int n): options = options with { Rounds = n }; break;
                case "--slice-us" when TryNumber(args, ref i, 1, out int n): options = options with { SliceUs = n }; break;
                case "--frames" when TryNumber(args, ref i, 1 << 15, out int n): options = options with { Frames = n }; break;
                case "--attempts" when TryNumber(args, ref i, 1, out int n): options = options with { Attempts = n }; break;
                default:
                    error = $"not understood, or its number is missing or too small: {args[i]}";
                    return false;
            }
        }
        return true;
    }

    private static bool TryNumber(string[] args, ref int at, int least, out int number)
    {
        number = 0;
        if (at + 1 >= args.Length || !int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out number) || number < least)
        {
            return false;
        }
        at++;
        return true;
    }
}
