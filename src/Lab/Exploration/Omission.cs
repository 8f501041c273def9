using System.Globalization;

namespace MemCore.Lab.Exploration;

/// <summary>An operation of an actor that a run leaves out, both counted from 0. As text: <c>b2</c>.</summary>
internal readonly record struct Omission(int Actor, int Operation)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(char)('a' + Actor)}{Operation}");

    /// <summary>The actor's operations that are left.</summary>
    public static IReadOnlyList<Operation> Rest(Actor actor, int index, IReadOnlyCollection<Omission> without) =>
        without.Count == 0 ? actor.Operations : [.. actor.Operations.Where((_, operation) => !without.Contains(new Omission(index, operation)))];

    public static bool TryParse(ReadOnlySpan<char> text, out Omission omission)
    {
        omission = default;
        if (text.Length < 2 || text[0] is < 'a' or > 'z') { return false; }
        if (!int.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int operation)) { return false; }
        omission = new Omission(text[0] - 'a', operation);
        return true;
    }
}
