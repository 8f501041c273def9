using System.Text.RegularExpressions;

namespace MemCore.Tests.Disassembly;

/// <summary>The machine code of one method as the JIT prints it, without addresses.</summary>
internal sealed partial record JitListing(string Method, string Tier, IReadOnlyList<string> Code)
{
    private const string Header = "; Assembly listing for method ";

    /// <summary>Type and member without the signature: <c>MemCore.Frames.FolioRef:TryGet</c>.</summary>
    public string Name => Method[..(Method.IndexOf('(', StringComparison.Ordinal) is var end and >= 0 ? end : Method.Length)];

    public string Type => Name[..Name.LastIndexOf(':')];

    public string Member => Name[(Name.LastIndexOf(':') + 1)..];

    /// <summary>Instructions with a bus lock: on x64 a prefix, or an exchange with memory, which needs none.</summary>
    public int LockedInstructions => Code.Count(line => line == "lock" || line.StartsWith("lock ", StringComparison.Ordinal)
        || (line.StartsWith("xchg ", StringComparison.Ordinal) && line.Contains('[')));

    /// <summary>All listings in a file, in the order in which the methods were compiled.</summary>
    public static IReadOnlyList<JitListing> ReadAll(string path)
    {
        List<JitListing> listings = [];
        List<string> code = [];
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith(Header, StringComparison.Ordinal))
            {
                string title = line[Header.Length..];
                int tier = title.LastIndexOf(" (", StringComparison.Ordinal);
                code = [];
                listings.Add(new JitListing(title[..tier], title[(tier + 2)..^1], code));
            }
            else if (line.StartsWith("    ", StringComparison.Ordinal) && line.Trim() is { Length: > 0 } instruction)
            {
                code.Add(Normalize(instruction));
                if (code[^1].Contains("HELP_STRCNS", StringComparison.Ordinal)) { HideToken(code); }
            }
        }
        return listings;
    }

    // Text of a branch that only throws is loaded when it is needed, by a number that each assembly counts for itself.
    private static void HideToken(List<string> code)
    {
        for (int i = Math.Max(0, code.Count - 3); i < code.Count - 1; i++) { code[i] = SmallNumbers().Replace(code[i], "$1TOKEN"); }
    }

    // Labels name blocks of one method in their order, so they are kept; where code and constants lie is not.
    private static string Normalize(string instruction)
    {
        string text = instruction.Split(';')[0];
        return Spaces().Replace(Addresses().Replace(text, "ADDRESS"), " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^(mov e\w\w, )(0x[0-9A-F]+|\d+)$")]
    private static partial Regex SmallNumbers();

    [GeneratedRegex("0x[0-9A-Fa-f]{6,}")]
    private static partial Regex Addresses();
}
