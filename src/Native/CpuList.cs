using System.Globalization;
using System.Text;

namespace MemCore.Native;

/// <summary>The text form of a set of CPU or node numbers, as the kernel and taskset write it: <c>0-3,8,10-18:2</c>.</summary>
/// <remarks>
/// A range takes a step (<c>0-6:2</c> is 0,2,4,6) or the kernel's group form (<c>0-7:1/4</c> is 0,4: the first of every four).
/// </remarks>
public static class CpuList
{
    /// <summary>The largest number taken; keeps a mistyped range from becoming a long loop.</summary>
    public const int NumberMax = 65535;

    /// <summary>Reads a list; numbers come back sorted, each once. A refusal names the item and what is wrong with it.</summary>
    public static CpuListResult Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) { return CpuListResult.Refused("CPU list is empty"); }

        var numbers = new SortedSet<int>();
        foreach (string piece in text.Split(','))
        {
            string item = piece.Trim();
            string? error = item.Length == 0 ? "empty item between commas" : AddItem(item, numbers);
            if (error is not null) { return CpuListResult.Refused($"CPU list \"{text.Trim()}\": {error}"); }
        }
        return CpuListResult.Of([.. numbers]);
    }

    /// <summary>The shortest list of numbers and plain ranges; repeated numbers count once; empty for no numbers.</summary>
    public static string Format(IEnumerable<int> numbers)
    {
        int[] sorted = [.. numbers.Distinct().Order()];
        var text = new StringBuilder();
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            end = first + 1;
            while (end < sorted.Length && sorted[end] == sorted[end - 1] + 1) { end++; }

            if (text.Length > 0) { text.Append(','); }
            text.Append(sorted[first]);
            if (end - first > 1) { text.Append(end - first > 2 ? '-' : ',').Append(sorted[end - 1]); }
        }
        return text.ToString();
    }

    private static string? AddItem(string item, SortedSet<int> numbers)
    {
        (string range, string? step) = CutAt(item, ':');
        (string firstText, string? lastText) = CutAt(range, '-');
        if (!TryNumber(firstText, out int first)) { return $"\"{item}\": \"{firstText}\" is not a number from 0 to {NumberMax}"; }

        int last = first;
        if (lastText is not null && !TryNumber(lastText, out last))
        {
            return $"\"{item}\": \"{lastText}\" is not a number from 0 to {NumberMax}";
        }
        if (last < first) { return $"\"{item}\": the range runs backwards"; }
        if (step is not null && lastText is null) { return $"\"{item}\": a step needs a range before it"; }

        int used = 1;
        int group = 1;
        if (step is not null && !TryStep(step, out used, out group)) { return $"\"{item}\": \"{step}\" is not a step (N or USED/GROUP)"; }

        for (int start = first; start <= last; start += group)
        {
            for (int number = start; number <= last && number < start + used; number++) { numbers.Add(number); }
        }
        return null;
    }

    private static bool TryStep(string text, out int used, out int group)
    {
        (string first, string? second) = CutAt(text, '/');
        used = 1;
        if (second is null) { return TryNumber(first, out group) && group > 0; }
        return TryNumber(second, out group) & TryNumber(first, out used) && used > 0 && used <= group;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= NumberMax;

    private static (string Before, string? After) CutAt(string text, char mark)
    {
        int at = text.IndexOf(mark);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
