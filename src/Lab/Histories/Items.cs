using System.Globalization;

namespace MemCore.Lab.Histories;

/// <summary>A short list of numbers that never changes and is compared by what it holds: the state of a stack or queue in a sequential model.</summary>
public readonly struct Items : IEquatable<Items>
{
    private readonly long[]? _items;

    private Items(long[] items) => _items = items;

    /// <summary>No items.</summary>
    public static Items Empty => default;

    /// <summary>The items given, the first first.</summary>
    public static Items Of(params long[] items) => new([.. items]);

    /// <summary>How many there are.</summary>
    public int Count => _items?.Length ?? 0;

    /// <summary>True when there are none.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The first item. There must be one.</summary>
    public long First => _items![0];

    /// <summary>The last item. There must be one.</summary>
    public long Last => _items![^1];

    /// <summary>The items and one more behind them.</summary>
    public Items Add(long item) => new([.. _items ?? [], item]);

    /// <summary>The items but the first. There must be one.</summary>
    public Items WithoutFirst() => new(_items![1..]);

    /// <summary>The items but the last. There must be one.</summary>
    public Items WithoutLast() => new(_items![..^1]);

    /// <summary>True when an item equals the value.</summary>
    public bool Contains(long item) => Array.IndexOf(_items ?? [], item) >= 0;

    /// <summary>The items but the first that equals the value; all of them when none does.</summary>
    public Items Without(long item)
    {
        int at = Array.IndexOf(_items ?? [], item);
        return at < 0 ? this : new([.. _items![..at], .. _items[(at + 1)..]]);
    }

    /// <inheritdoc/>
    public bool Equals(Items other) => (_items ?? []).AsSpan().SequenceEqual(other._items ?? []);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Items other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (long item in _items ?? []) { hash.Add(item); }
        return hash.ToHashCode();
    }

    /// <summary>The items in brackets.</summary>
    public override string ToString() => $"[{string.Join(' ', (_items ?? []).Select(i => i.ToString(CultureInfo.InvariantCulture)))}]";

    /// <summary>True when both hold the same items in the same order.</summary>
    public static bool operator ==(Items left, Items right) => left.Equals(right);

    /// <summary>True when they differ.</summary>
    public static bool operator !=(Items left, Items right) => !left.Equals(right);
}
