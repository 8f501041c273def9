using System.Numerics;

namespace CsCheck;

/// <summary>Uniform over both values; false is the smaller.</summary>
public sealed class GenBool : Gen<bool>
{
    public override bool Generate(PCG pcg, Size? min, out Size size)
    {
        bool value = (pcg.Next() & 1) != 0;
        size = new Size(value ? 1UL : 0UL);
        return value;
    }
}

/// <summary>Uniform; a range includes both ends.</summary>
public sealed class GenByte : Gen<byte>
{
    private readonly Gen<byte> _all = Ranges.Uniform(byte.MinValue, byte.MaxValue);

    public Gen<byte> this[byte start, byte finish] => Ranges.Uniform(start, finish);

    public override byte Generate(PCG pcg, Size? min, out Size size) => _all.Generate(pcg, min, out size);
}

/// <summary>Skewed to small magnitudes: the number of bits is drawn first. A range is uniform and includes both ends.</summary>
public sealed class GenInt : Gen<int>
{
    public Gen<int> Uniform = Ranges.Uniform(int.MinValue, int.MaxValue);
    public Gen<int> Positive = Ranges.Skewed(31, bits => bits == 0 ? 1 : (int)bits);
    public Gen<int> NonNegative = Ranges.Skewed(31, bits => (int)bits);

    private readonly Gen<int> _skewed = Ranges.Skewed(32, bits => (int)(bits >> 1) ^ -(int)(bits & 1));

    public Gen<int> this[int start, int finish] => Ranges.Uniform(start, finish);

    public override int Generate(PCG pcg, Size? min, out Size size) => _skewed.Generate(pcg, min, out size);
}

/// <inheritdoc cref="GenInt"/>
public sealed class GenUInt : Gen<uint>
{
    public Gen<uint> Uniform = Ranges.Uniform(uint.MinValue, uint.MaxValue);

    private readonly Gen<uint> _skewed = Ranges.Skewed(32, bits => (uint)bits);

    public Gen<uint> this[uint start, uint finish] => Ranges.Uniform(start, finish);

    public override uint Generate(PCG pcg, Size? min, out Size size) => _skewed.Generate(pcg, min, out size);
}

/// <inheritdoc cref="GenInt"/>
public sealed class GenLong : Gen<long>
{
    public Gen<long> Uniform = Ranges.Uniform(long.MinValue, long.MaxValue);

    private readonly Gen<long> _skewed = Ranges.Skewed(64, bits => (long)(bits >> 1) ^ -(long)(bits & 1));

    public Gen<long> this[long start, long finish] => Ranges.Uniform(start, finish);

    public override long Generate(PCG pcg, Size? min, out Size size) => _skewed.Generate(pcg, min, out size);
}

/// <inheritdoc cref="GenInt"/>
public sealed class GenULong : Gen<ulong>
{
    public Gen<ulong> Uniform = Ranges.Uniform(ulong.MinValue, ulong.MaxValue);

    private readonly Gen<ulong> _skewed = Ranges.Skewed(64, bits => bits);

    public Gen<ulong> this[ulong start, ulong finish] => Ranges.Uniform(start, finish);

    public override ulong Generate(PCG pcg, Size? min, out Size size) => _skewed.Generate(pcg, min, out size);
}

/// <summary>Any bit pattern, infinities and NaN among them; ranges are finite, the upper end excluded but for rounding.</summary>
public sealed class GenDouble : Gen<double>
{
    public Gen<double> Unit = Range(0.0, 1.0);
    public Gen<double> OneTwo = Range(1.0, 2.0);

    public Gen<double> this[double start, double finish] => Range(start, finish);

    public override double Generate(PCG pcg, Size? min, out Size size)
    {
        ulong bits = pcg.Next64();
        size = new Size(bits & (ulong.MaxValue >> 1));
        return BitConverter.UInt64BitsToDouble(bits);
    }

    private static Gen<double> Range(double start, double finish)
    {
        Ranges.Check(start, finish);
        return new GenFrom<double>((pcg, out size) =>
        {
            ulong drawn = pcg.Next64() >> 11; // 53 bits: every step of the unit interval is representable.
            size = new Size(drawn);
            return start + (drawn * (1.0 / (1UL << 53)) * (finish - start));
        });
    }
}

/// <summary>Integer generators by word; the size of a value is its distance from the value of the range nearest to zero.</summary>
internal static class Ranges
{
    public static void Check<T>(T start, T finish) where T : IComparable<T>
    {
        if (start.CompareTo(finish) > 0) { throw new CsCheckException($"the range [{start}, {finish}] is empty"); }
    }

    public static Gen<T> Uniform<T>(T start, T finish) where T : struct, IBinaryInteger<T>
    {
        Check(start, finish);
        Int128 low = Int128.CreateChecked(start), high = Int128.CreateChecked(finish);
        Int128 origin = Int128.Clamp(0, low, high);
        ulong span = (ulong)(high - low); // Values minus one, so that the full 64-bit range fits.
        return new GenFrom<T>((pcg, out size) =>
        {
            Int128 value = low + (span == ulong.MaxValue ? pcg.Next64() : pcg.Next64(span + 1));
            size = Distance(value - origin);
            return T.CreateChecked(value);
        });
    }

    /// <summary>Draws how many bits there are, then the bits: every magnitude is as likely as every other.</summary>
    public static Gen<T> Skewed<T>(int bitsMax, Func<ulong, T> fromBits) => new GenFrom<T>((pcg, out size) =>
    {
        int count = (int)pcg.Next((uint)bitsMax + 1);
        ulong bits = count == 0 ? 0 : (pcg.Next64() >> (64 - count)) | (1UL << (count - 1));
        size = new Size(bits);
        return fromBits(bits);
    });

    private static Size Distance(Int128 fromOrigin)
    {
        UInt128 zigzag = fromOrigin >= 0 ? (UInt128)fromOrigin * 2 : ((UInt128)(-fromOrigin) * 2) - 1;
        return new Size(zigzag > ulong.MaxValue ? ulong.MaxValue : (ulong)zigzag);
    }
}
