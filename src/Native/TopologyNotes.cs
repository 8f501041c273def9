namespace MemCore.Native;

/// <summary>Collects what could not be read; the same trouble on many CPUs becomes one line.</summary>
internal sealed class TopologyNotes
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, (string FirstPlace, int Count)> _places = [];

    /// <summary>Notes a trouble, and where when it can happen in several places.</summary>
    public void Add(string trouble, string place = "")
    {
        if (_places.TryGetValue(trouble, out (string FirstPlace, int Count) seen))
        {
            _places[trouble] = (seen.FirstPlace, seen.Count + 1);
            return;
        }
        _order.Add(trouble);
        _places[trouble] = (place, 1);
    }

    public IReadOnlyList<string> ToLines() => [.. _order.Select(Line)];

    private string Line(string trouble)
    {
        (string place, int count) = _places[trouble];
        string where = place.Length == 0 ? trouble : $"{trouble}: {place}";
        return count == 1 ? where : $"{where} and {count - 1} more";
    }
}
