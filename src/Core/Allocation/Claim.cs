using System.Numerics;

namespace MemCore.Allocation;

/// <summary>Frames of one row that were taken together: a row's number and the bits in it. A larger block is named by its first frame.</summary>
internal readonly record struct Claim(int Row, ulong Mask)
{
    /// <summary>Nothing could be taken.</summary>
    public static Claim None => default;

    public bool IsNone => Mask == 0;

    /// <summary>Frames named by the mask.</summary>
    public int Frames => BitOperations.PopCount(Mask);
}
