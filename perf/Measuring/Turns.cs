namespace MemCore.Perf.Measuring;

/// <summary>How a subject is run: by the first thread alone, by both at once, or first the one and then the other.</summary>
[Flags]
internal enum Turns
{
    None = 0,
    Alone = 1,
    Both = 2,
    AloneAndBoth = Alone | Both,
}
