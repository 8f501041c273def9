namespace CsCheck;

/// <summary>How big a generated value is: numbers compared from the first to the last, a missing one counting as the smallest.</summary>
public sealed class Size(ulong i)
{
    public ulong I = i;
    public Size? Next;

    public Size(ulong i, Size next) : this(i) => Next = next;

    /// <summary>True when <paramref name="s1"/> is strictly smaller. No size at all is the largest of all.</summary>
    public static bool IsLessThan(Size? s1, Size? s2)
    {
        if (s1 is null) { return false; }
        if (s2 is null) { return true; }
        while (true)
        {
            if (s1.I != s2.I) { return s1.I < s2.I; }
            if (s2.Next is null) { return false; }
            if (s1.Next is null) { return true; }
            (s1, s2) = (s1.Next, s2.Next);
        }
    }

    /// <summary>The size of two values side by side: number by number, sticking at the maximum.</summary>
    internal static Size Sum(Size a, Size b)
    {
        ulong sum = a.I + b.I;
        var result = new Size(sum < a.I ? ulong.MaxValue : sum);
        result.Next = (a.Next, b.Next) switch
        {
            (null, var only) => only,
            (var only, null) => only,
            var (left, right) => Sum(left, right),
        };
        return result;
    }
}
