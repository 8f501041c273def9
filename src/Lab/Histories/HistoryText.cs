using System.Globalization;
using System.Text;

namespace MemCore.Lab.Histories;

/// <summary>Histories as text.</summary>
public static class HistoryText
{
    /// <summary>One operation: who, what, and what it answered.</summary>
    public static string Of<TCall>(HistoryEntry<TCall> entry) =>
        string.Create(CultureInfo.InvariantCulture, $"{(char)('a' + entry.Actor)}:{entry.Call} = {(entry.IsPending ? "?" : entry.Result)}");

    /// <summary>All operations, one a line in the order in which they were called, each with a bar over the moments at which it ran.</summary>
    public static string Of<TCall>(IReadOnlyList<HistoryEntry<TCall>> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        int[] moments = [.. history.SelectMany(e => new[] { e.Began, e.Ended }).Distinct().Order()];
        string[] names = [.. history.Select(Of)];
        int width = names.Length == 0 ? 0 : names.Max(n => n.Length);
        StringBuilder text = new();
        foreach (int i in Enumerable.Range(0, history.Count).OrderBy(i => history[i].Began).ThenBy(i => history[i].Ended))
        {
            int from = Array.IndexOf(moments, history[i].Began);
            int to = Array.IndexOf(moments, history[i].Ended);
            string bar = history[i].IsPending ? $"|{new string('-', (2 * (to - from)) - 1)}>" : $"|{new string('-', Math.Max((2 * (to - from)) - 1, 0))}|";
            text.Append("  ").Append(names[i].PadRight(width + 2)).Append(' ', 2 * from).Append(bar).Append('\n');
        }
        return text.ToString();
    }
}
