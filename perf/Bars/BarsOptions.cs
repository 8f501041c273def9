using System.Globalization;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>What a run of the bars is asked for.</summary>
/// <param name="Json">Records on stdout instead of tables.</param>
/// <param name="Only">Bars by name, "ceilings", "peers"; empty: all.</param>
/// <param name="SelfTest">Shows on planted faults that the judgement works, instead of judging.</param>
/// <param name="Rounds">Turns of every subject.</param>
/// <param name="SliceUs">How long one timed stretch of a subject lasts, about.</param>
/// <param name="Frames">Frames of the engine; a bulk operation takes a quarter.</param>
/// <param name="Attempts">Measurements of a bar at most, until the machine held still during one.</param>
internal sealed record BarsOptions(bool Json, IReadOnlyList<string> Only, bool SelfTest, int Rounds, int SliceUs, int Frames, int Attempts)
{
    public const string Verb = "bars";
    public const string QuickFlag = "--quick";
    public const string Ceilings = "ceilings";
    public const string Peers = "peers";

    public const string Usage =
        "usage: MemCore.Perf bars [--json] [--only LIST] [--quick] [--rounds N>=9] [--slice-us N] [--frames N>=32768] [--attempts N] | bars --self-test\n"
        + "       LIST: B1 to B10, G1 to G3, ceilings, peers, with commas. --quick: B1,B2,B3,B5,B6,B8.";

    public static readonly BarsOptions Default = new(Json: false, Only: [], SelfTest: false, Rounds: 15, SliceUs: 150, Frames: 1 << 21, Attempts: 3);

    private static readonly string[] s_quick = ["B1", "B2", "B3", "B5", "B6", "B8"];

    public bool Wants(string what) => Only.Count == 0 || Only.Contains(what, StringComparer.OrdinalIgnoreCase);

    /// <summary>False: <paramref name="error"/> says what is not understood.</summary>
    public static bool TryParse(string[] args, out BarsOptions options, out string error)
    {
        options = Default;
        error = string.Empty;
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case Verb when i == 0: break;
                case QuickFlag: options = options with { Only = s_quick }; break;
                case "--json": options = options with { Json = true }; break;
                case "--self-test": options = options with { SelfTest = true }; break;
                case "--only" when TryList(args, ref i, out string[] only): options = options with { Only = only }; break;
                case "--rounds" when TryNumber(args, ref i, Contest.RoundsMin, out int n): options = options with { Rounds = n }; break;
                case "--slice-us" when TryNumber(args, ref i, 1, out int n): options = options with { SliceUs = n }; break;
                case "--frames" when TryNumber(args, ref i, 1 << 15, out int n): options = options with { Frames = n }; break;
                case "--attempts" when TryNumber(args, ref i, 1, out int n): options = options with { Attempts = n }; break;
                default:
                    error = $"not understood, or what follows is missing, unknown or too small: {args[i]}";
                    return false;
            }
        }
        return true;
    }

    private static bool TryList(string[] args, ref int at, out string[] names)
    {
        names = at + 1 < args.Length ? args[at + 1].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
        if (names.Length == 0 || !names.All(BarList.IsKnown)) { return false; }
        at++;
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
