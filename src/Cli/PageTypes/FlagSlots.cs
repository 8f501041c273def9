namespace MemCore.Cli.PageTypes;

/// <summary>Counts pages per distinct flags value, in the order in which the kernel's tool prints them.</summary>
/// <remarks>
/// That order is the slot order of a table of 8,192: a value starts looking at its low 13 bits, goes up past slots of other values,
/// and from the last slot on to slot 1. Slot 0 is for flags 0 alone. First come, first served.
/// </remarks>
internal sealed class FlagSlots
{
    public const int Slots = 8192;

    private readonly ulong[] _flags = new ulong[Slots];
    private readonly long[] _pages = new long[Slots];
    private readonly string?[] _letters = new string?[Slots];

    public long Total { get; private set; }

    /// <summary>The slot of a value, taken now when the value is new. -1: all slots belong to other values.</summary>
    public int SlotOf(ulong flags)
    {
        if (flags == 0)
        {
            return 0;
        }
        int slot = (int)(flags & (Slots - 1));
        for (int tried = 1; tried < Slots; tried++)
        {
            slot = slot is 0 or Slots ? 1 : slot;
            if (_flags[slot] == flags)
            {
                return slot;
            }
            if (_flags[slot] == 0)
            {
                _flags[slot] = flags;
                return slot;
            }
            slot++;
        }
        return -1;
    }

    public void Count(int slot, long pages)
    {
        _pages[slot] += pages;
        Total += pages;
    }

    /// <summary>The symbolic column of a slot's flags; made once.</summary>
    public string Letters(int slot) => _letters[slot] ??= Lab.Formats.Kpf.Letters(_flags[slot]);

    public ulong Flags(int slot) => _flags[slot];

    /// <summary>Slots with pages, in the order of the summary.</summary>
    public IEnumerable<(int Slot, long Pages)> Rows()
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (_pages[slot] != 0)
            {
                yield return (slot, _pages[slot]);
            }
        }
    }
}
