using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Formats;

namespace MemCore.Cli.PageTypes;

/// <summary>One -b filter: of the bits in <see cref="Mask"/> either any is set, or exactly <see cref="Bits"/>.</summary>
internal readonly record struct BitsFilter(ulong Mask, ulong Bits, bool Any)
{
    public bool Accepts(ulong flags) => Any ? (flags & Mask) != 0 : (flags & Mask) == Bits;

    /// <summary>
    /// Understands <c>a,b</c> (any of them), <c>a,b=a</c> (of these, exactly those), <c>a,~b</c> (a and not b), <c>=a,b</c>
    /// (nothing but these). Names may be shortened; a number stands for its bits. False: a name that no flag begins with.
    /// </summary>
    public static bool TryParse(string spec, out BitsFilter filter, [NotNullWhen(false)] out string? complaint)
    {
        int equals = spec.IndexOf('=', StringComparison.Ordinal);
        string among = equals < 0 ? spec : spec[..equals];
        string wanted = equals < 0 ? spec : spec[(equals + 1)..];
        filter = default;
        if (!TryNames(among, negatedToo: equals < 0, out ulong mask, out complaint)
            || !TryNames(wanted, negatedToo: false, out ulong bits, out complaint))
        {
            return false;
        }
        bool any = equals < 0 && !spec.Contains('~', StringComparison.Ordinal);
        filter = new BitsFilter(equals == 0 ? ulong.MaxValue : mask, any ? 0 : bits, any);
        return true;
    }

    private static bool TryNames(string list, bool negatedToo, out ulong bits, [NotNullWhen(false)] out string? complaint)
    {
        bits = 0;
        complaint = null;
        foreach (string item in list.Split(','))
        {
            bool isNegated = item.StartsWith('~');
            string name = isNegated ? item[1..] : item;
            if (name.Length == 0)
            {
                continue;
            }
            ulong found = Kpf.Find(name);
            if (found == 0 && !PfnRange.TryNumber(name, out found))
            {
                complaint = $"no flag is called '{name}'";
                return false;
            }
            bits |= isNegated && !negatedToo ? 0 : found;
        }
        return true;
    }
}
