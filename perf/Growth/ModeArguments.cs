using System.Globalization;

namespace MemCore.Perf.Growth;

/// <summary>Walks the arguments of a mode. What is wrong is one line.</summary>
internal sealed class ModeArguments(string[] args)
{
    private int _at = -1;

    public string Error { get; private set; } = string.Empty;

    /// <summary>The option that is looked at.</summary>
    public string Current => args[_at];

    /// <summary>The next option. False: there is none, or something was wrong.</summary>
    public bool Next() => Error.Length == 0 && ++_at < args.Length;

    /// <summary>The option's value as a number of at least <paramref name="least"/>.</summary>
    public int Number(int least)
    {
        string text = Text();
        if (Error.Length != 0) { return least; }
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least) { return number; }
        Error = $"{args[_at - 1]} takes a whole number from {least}, not \"{text}\"";
        return least;
    }

    /// <summary>The option's value.</summary>
    public string Text()
    {
        if (_at + 1 < args.Length) { return args[++_at]; }
        Error = $"{args[_at]} needs a value";
        return string.Empty;
    }

    /// <summary>The option's value as a list of names out of <paramref name="known"/>.</summary>
    public string[] Names(IReadOnlyList<string> known)
    {
        string[] names = Text().Split(',', StringSplitOptions.RemoveEmptyEntries);
        string? unknown = names.FirstOrDefault(n => !known.Contains(n));
        if (Error.Length == 0 && (unknown is not null || names.Length == 0)) { Error = $"{args[_at - 1]} takes some of {string.Join(',', known)}, not \"{args[_at]}\""; }
        return names;
    }

    public void Unknown() => Error = $"unknown option \"{Current}\"";
}
