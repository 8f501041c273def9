using System.Globalization;
using System.Text;

namespace MemCore.Lab.Exploration;

/// <summary>The decisions of a run: who was picked at each point, and which value each free choice took.</summary>
/// <remarks><code>
/// v2:SCENARIO/VARIANT[,checks=off][,actors=N][,tso][,races][,without=b2.c0][!PLANTED]~TRACE:a14bc13=1a2
///   ~TRACE  the trace of the run in short: another one on replay says that the string is from another build
///   a14     actor a is picked 14 times in a row, b once; each pick pays for one access
///   A2      the two oldest stores in the buffer of actor a go to memory
///   =1      the choice that the actor comes to next takes value 1
/// </code>
/// Version 1 had no settings and no trace, and wrote b1 for b; it is still read.
/// </remarks>
internal sealed record Schedule(string Scenario, string Variant, string? Planted, IReadOnlyList<short> Decisions)
{
    public const string Version = "v2";
    private const string VersionBefore = "v1";

    /// <summary>The allocator looks at what it gets and gives.</summary>
    public bool Checks { get; init; } = true;

    /// <summary>Tasks that the scenario multiplies; null: its own number.</summary>
    public int? Actors { get; init; }

    public MemoryModel Memory { get; init; }

    public bool Races { get; init; }

    public IReadOnlyList<Omission> Without { get; init; } = [];

    /// <summary>The short form of the run's trace; null in a string of version 1.</summary>
    public string? Trace { get; init; }

    /// <summary>Choices are kept as negative numbers: −1 − value.</summary>
    public static short Choice(int value) => (short)(-1 - value);

    public static bool IsChoice(short decision) => decision < 0;

    public static int ChoiceValue(short decision) => -1 - decision;

    public override string ToString()
    {
        StringBuilder text = new($"{Version}:{Scenario}/{Variant}");
        if (!Checks) { text.Append(",checks=off"); }
        if (Actors is { } actors) { text.Append(CultureInfo.InvariantCulture, $",actors={actors}"); }
        if (Memory == MemoryModel.Tso) { text.Append(",tso"); }
        if (Races) { text.Append(",races"); }
        if (Without.Count > 0) { text.Append(CultureInfo.InvariantCulture, $",without={string.Join('.', Without)}"); }
        if (Planted is not null) { text.Append(CultureInfo.InvariantCulture, $"!{Planted}"); }
        if (Trace is not null) { text.Append(CultureInfo.InvariantCulture, $"~{Trace}"); }
        return text.Append(CultureInfo.InvariantCulture, $":{Encode(Decisions)}").ToString();
    }

    /// <summary>How a pick is written: an actor in lower case, its buffer in upper case.</summary>
    public static char Letter(short pick) => pick < Runner.FirstBuffer ? (char)('a' + pick) : (char)('A' + pick - Runner.FirstBuffer);

    public static string Encode(IReadOnlyList<short> decisions)
    {
        StringBuilder text = new();
        for (int i = 0; i < decisions.Count;)
        {
            if (IsChoice(decisions[i]))
            {
                text.Append(CultureInfo.InvariantCulture, $"={ChoiceValue(decisions[i])}");
                i++;
                continue;
            }
            int run = 1;
            while (i + run < decisions.Count && decisions[i + run] == decisions[i]) { run++; }
            text.Append(Letter(decisions[i]));
            if (run > 1) { text.Append(CultureInfo.InvariantCulture, $"{run}"); }
            i += run;
        }
        return text.ToString();
    }

    /// <summary>Reads a schedule string. False: <paramref name="error"/> says in one line what is wrong with it.</summary>
    public static bool TryParse(string text, out Schedule schedule, out string error)
    {
        schedule = null!;
        string[] parts = text.Trim().Split(':');
        if (parts.Length != 3)
        {
            error = $"a schedule has three parts: {Version}:SCENARIO/VARIANT~TRACE:DECISIONS";
            return false;
        }
        if (parts[0] is not (Version or VersionBefore))
        {
            error = $"the schedule is of version '{parts[0]}', this build reads '{Version}' and '{VersionBefore}'";
            return false;
        }
        int slash = parts[1].IndexOf('/');
        if (slash <= 0 || slash == parts[1].Length - 1)
        {
            error = $"'{parts[1]}' is not SCENARIO/VARIANT";
            return false;
        }
        (string head, string? trace) = Cut(parts[1][(slash + 1)..], '~');
        (head, string? planted) = Cut(head, '!');
        string[] settings = head.Split(',');
        if (!TryDecode(parts[2], countsAreWritten: parts[0] == VersionBefore, out List<short> decisions, out error)) { return false; }
        schedule = new Schedule(parts[1][..slash], settings[0], planted, decisions) { Trace = trace };
        foreach (string setting in settings.AsSpan(1))
        {
            if (schedule.With(setting) is not { } with)
            {
                error = $"'{setting}' is no setting of a schedule (there are checks=off, actors=N, tso, races, without=b2.c0)";
                return false;
            }
            schedule = with;
        }
        return true;
    }

    private static (string Head, string? Tail) Cut(string text, char at)
    {
        int index = text.IndexOf(at);
        return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
    }

    private Schedule? With(string setting)
    {
        (string name, string? value) = Cut(setting, '=');
        switch (name, value)
        {
            case ("checks", "off"):
                return this with { Checks = false };
            case ("tso", null):
                return this with { Memory = MemoryModel.Tso };
            case ("races", null):
                return this with { Races = true };
            case ("actors", not null) when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int actors) && actors > 0:
                return this with { Actors = actors };
            case ("without", not null):
                List<Omission> without = [];
                foreach (string one in value.Split('.'))
                {
                    if (!Omission.TryParse(one, out Omission omission)) { return null; }
                    without.Add(omission);
                }
                return this with { Without = without };
            default:
                return null;
        }
    }

    private static bool TryDecode(string text, bool countsAreWritten, out List<short> decisions, out string error)
    {
        decisions = [];
        for (int i = 0; i < text.Length;)
        {
            char head = text[i++];
            int digits = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) { i++; }
            int number = 1;
            bool once = digits == i && !countsAreWritten && head != '=';
            if (!once && (!int.TryParse(text.AsSpan(digits, i - digits), NumberStyles.None, CultureInfo.InvariantCulture, out number) || number > 100_000))
            {
                error = $"a number is missing or too large at position {digits} of '{text}'";
                return false;
            }
            if (head == '=') { decisions.Add(Choice(number)); }
            else if ((head | 0x20) is >= 'a' and < 'a' + Runner.FirstBuffer && number > 0)
            {
                short pick = (short)(char.IsAsciiLetterUpper(head) ? head - 'A' + Runner.FirstBuffer : head - 'a');
                for (int n = 0; n < number; n++) { decisions.Add(pick); }
            }
            else
            {
                error = $"'{head}' at position {digits - 1} is neither an actor nor a choice";
                return false;
            }
        }
        error = string.Empty;
        return true;
    }
}
