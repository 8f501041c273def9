using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>Where the shared words of the code under test live. Everything that two threads touch is made here.</summary>
/// <remarks>
/// Words are reached through <see cref="SharedInt"/> and <see cref="SharedLong"/>. In a process that explores, each access through them is a
/// point at which another actor may go on; in any other process it is the bare instruction, so the same class can be used for real. Words are
/// made while the object is set up; a name appears once and is what an interleaving calls the word.
/// </remarks>
public sealed class SharedMemory : IDisposable
{
    private const long CapacityBytes = 1 << 26;

    private readonly Dictionary<string, Func<long, string>> _formats = [];

    /// <summary>Memory without words.</summary>
    public SharedMemory()
    {
        Arena = new Arena(CapacityBytes);
    }

    internal Arena Arena { get; }

    /// <summary>Makes a 32-bit word.</summary>
    /// <param name="name">What interleavings call it.</param>
    /// <param name="initial">What it holds first.</param>
    /// <param name="format">How interleavings print its values; null: as numbers.</param>
    public SharedInt Int(string name, int initial = 0, Func<long, string>? format = null)
    {
        SharedInt word = Ints(name, 1, format)[0];
        word.StorePlain(initial);
        return word;
    }

    /// <summary>Makes a 64-bit word.</summary>
    /// <inheritdoc cref="Int"/>
    public SharedLong Long(string name, long initial = 0, Func<long, string>? format = null)
    {
        SharedLong word = Longs(name, 1, format)[0];
        word.StorePlain(initial);
        return word;
    }

    /// <summary>Makes an array of 32-bit words that hold 0.</summary>
    /// <param name="name">What interleavings call it.</param>
    /// <param name="count">Words.</param>
    /// <param name="format">How interleavings print its values; null: as numbers.</param>
    public SharedInts Ints(string name, int count, Func<long, string>? format = null)
    {
        Note(name, format);
        return new SharedInts(Arena.Add<int>(name, count, ColumnKind.State));
    }

    /// <summary>Makes an array of 64-bit words that hold 0.</summary>
    /// <inheritdoc cref="Ints"/>
    public SharedLongs Longs(string name, int count, Func<long, string>? format = null)
    {
        Note(name, format);
        return new SharedLongs(Arena.Add<long>(name, count, ColumnKind.State));
    }

    /// <summary>Gives the memory back. Its words must not be used any more.</summary>
    public void Dispose() => Arena.Dispose();

    internal string? Format(string column, long value) => _formats.TryGetValue(column, out Func<long, string>? format) ? format(value) : null;

    private void Note(string name, Func<long, string>? format)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (format is not null) { _formats.Add(name, format); }
    }
}
