using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace CsCheck;

public static partial class Check
{
    /// <summary>A value as text: collections in brackets, tuples in parentheses, everything else as it prints itself.</summary>
    public static string Print<T>(T t) => t switch
    {
        null => "null",
        string text => text,
        IEnumerable items => "[" + string.Join(", ", items.Cast<object?>().Select(Print)) + "]",
        ITuple tuple => "(" + string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Print(tuple[i]))) + ")",
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => t.ToString() ?? "null",
    };

    /// <summary>Equal as values: collections element by element (sets and dictionaries in any order), the rest by Equals.</summary>
    public static bool Equal<T>(T a, T b) => ModelEqual(a, b);

    /// <summary>The same across types: a list and an array with equal elements are equal.</summary>
    public static bool ModelEqual<T, M>(T actual, M model)
    {
        object? left = actual, right = model;
        if (left is null || right is null) { return left is null && right is null; }
        if (left is string || right is string) { return left.Equals(right); }
        if (left is not IEnumerable leftItems || right is not IEnumerable rightItems) { return left.Equals(right); }
        var rest = rightItems.Cast<object?>().ToList();
        bool anyOrder = IsUnordered(left) || IsUnordered(right);
        foreach (object? item in leftItems)
        {
            int at = anyOrder ? rest.FindIndex(other => ModelEqual(item, other)) : rest.Count > 0 && ModelEqual(item, rest[0]) ? 0 : -1;
            if (at < 0) { return false; }
            rest.RemoveAt(at);
        }
        return rest.Count == 0;
    }

    private static bool IsUnordered(object collection) => collection is IDictionary
        || collection.GetType().GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IReadOnlySet<>));
}
