using System.Globalization;
using System.Text;

namespace MemCore.Lab.Exploration;

/// <summary>The decisions of a run: who was picked at each point, and which value each free choice took.</summary>
/// <remarks><code>
/// v1:SCENARIO/VARIANT[!PLANTED]:a14b13=1a2
///   a14   actor a is picked 14 times in a row; each pick pays for one access
///   A2    the two oldest stores in the buffer of actor a go to memory
///   =1    the choice that the actor comes to next takes value 1
/// </code></remarks>
internal sealed record Schedule(string Scenario, string Variant, string? Planted, IReadOnlyList<short> Decisions)
{
    public const string Version = "v1";

    /// <summary>Choices are kept as negative numbers: −1 − value.</summary>
    public static short Choice(int value) => (short)(-1 - value);

    public static bool IsChoice(short decision) => decision < 0;

    public static int ChoiceValue(short decision) => -1 - decision;

    public override string ToString() =>
        $"{Version}:{Scenario}/{Variant}{(Planted is null ? string.Empty : "!" + Planted)}:{Encode(Decisions)}";

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
            text.Append(Letter(decisions[i])).Append(run.ToString(CultureInfo.InvariantCulture));
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
            error = "a schedule has three parts: v1:SCENARIO/VARIANT:DECISIONS";
            return false;
        }
        if (parts[0] != Version)
        {
            error = $"the schedule is of version '{parts[0]}', this build reads '{Version}'";
            return false;
        }
        int slash = parts[1].IndexOf('/');
        if (slash <= 0 || slash == parts[1].Length - 1)
        {
            error = $"'{parts[1]}' is not SCENARIO/VARIANT";
            return false;
        }
        string variant = parts[1][(slash + 1)..];
        string? planted = null;
        int bang = variant.IndexOf('!');
        if (bang >= 0) { (variant, planted) = (variant[..bang], variant[(bang + 1)..]); }
        if (!TryDecode(parts[2], out List<short> decisions, out error)) { return false; }
        schedule = new Schedule(parts[1][..slash], variant, planted, decisions);
        return true;
    }

    private static bool TryDecode(string text, out List<short> decisions, out string error)
    {
        decisions = [];
        for (int i = 0; i < text.Length;)
        {
            char head = text[i++];
            int digits = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) { i++; }
            if (!int.TryParse(text.AsSpan(digits, i - digits), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > 100_000)
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
