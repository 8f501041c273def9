namespace CsCheck;

/// <summary>The generators.</summary>
public static partial class Gen
{
    public static readonly GenBool Bool = new();
    public static readonly GenByte Byte = new();
    public static readonly GenInt Int = new();
    public static readonly GenUInt UInt = new();
    public static readonly GenLong Long = new();
    public static readonly GenULong ULong = new();
    public static readonly GenDouble Double = new();
    public static readonly GenChar Char = new();
    public static readonly GenString String = new();

    public static Gen<T> Const<T>(T value) => new GenFrom<T>((_, out size) =>
    {
        size = new Size(0);
        return value;
    });

    /// <summary>A new object for every case.</summary>
    public static Gen<T> Const<T>(Func<T> value) => new GenFrom<T>((_, out size) =>
    {
        size = new Size(0);
        return value();
    });

    /// <summary>Each with the same chance; an earlier constant is the smaller.</summary>
    public static Gen<T> OneOfConst<T>(params T[] constants) => new GenFrom<T>((pcg, out size) =>
    {
        uint index = pcg.Next((uint)constants.Length);
        size = new Size(index);
        return constants[index];
    });

    /// <summary>Each with the same chance; the size is that of the value, whichever generator made it.</summary>
    public static Gen<T> OneOf<T>(params IGen<T>[] gens) => new GenFrom<T>((pcg, out size) =>
        gens[pcg.Next((uint)gens.Length)].Generate(pcg, null, out size));

    public static Gen<T> FrequencyConst<T>(params (int Frequency, T Constant)[] constants)
    {
        int[] frequencies = [.. constants.Select(c => c.Frequency)];
        return new GenFrom<T>((pcg, out size) =>
        {
            int index = Weighted(pcg, frequencies);
            size = new Size((ulong)index);
            return constants[index].Constant;
        });
    }

    public static Gen<T> Frequency<T>(params (int Frequency, IGen<T> Generator)[] gens)
    {
        int[] frequencies = [.. gens.Select(g => g.Frequency)];
        return new GenFrom<T>((pcg, out size) => gens[Weighted(pcg, frequencies)].Generator.Generate(pcg, null, out size));
    }

    /// <summary>The declared members.</summary>
    public static Gen<T> Enum<T>() where T : struct, Enum => OneOfConst(System.Enum.GetValues<T>());

    /// <summary>Draws again until the predicate holds; <see cref="Check.WhereLimit"/> misses in a row are a <see cref="CsCheckException"/>.</summary>
    public static Gen<T> Where<T>(this Gen<T> gen, Func<T, bool> predicate) => new GenFrom<T>((pcg, out size) =>
    {
        for (int misses = 0; misses < Check.WhereLimit; misses++)
        {
            T value = gen.Generate(pcg, null, out size);
            if (predicate(value)) { return value; }
        }
        throw new CsCheckException($"Where found no value in {Check.WhereLimit} draws");
    });

    public static Gen<(T1, T2)> Where<T1, T2>(this Gen<(T1, T2)> gen, Func<T1, T2, bool> predicate) =>
        gen.Where(t => predicate(t.Item1, t.Item2));

    public static Gen<(T1, T2, T3)> Where<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Func<T1, T2, T3, bool> predicate) =>
        gen.Where(t => predicate(t.Item1, t.Item2, t.Item3));

    /// <summary>The same value made twice: two objects that start out alike.</summary>
    public static Gen<(T, T)> Clone<T>(this Gen<T> gen) => new GenFrom<(T, T)>((pcg, out size) =>
    {
        PCG copy = PCG.At(pcg.Stream, pcg.State);
        return (gen.Generate(pcg, null, out size), gen.Generate(copy, null, out _));
    });

    /// <summary>A generator that uses itself. The function must offer a way out that is taken often enough.</summary>
    public static Gen<T> Recursive<T>(Func<Gen<T>, Gen<T>> f)
    {
        Gen<T>? whole = null;
        whole = f(new GenFrom<T>((pcg, out size) => whole!.Generate(pcg, null, out size)));
        return whole;
    }

    /// <summary>The same with the depth, 0 at the top, so that the function can stop by itself.</summary>
    public static Gen<T> Recursive<T>(Func<int, Gen<T>, Gen<T>> f)
    {
        return Level(0);

        Gen<T> Level(int depth) => f(depth, new GenFrom<T>((pcg, out size) => Level(depth + 1).Generate(pcg, null, out size)));
    }

    private static int Weighted(PCG pcg, int[] frequencies)
    {
        uint drawn = pcg.Next((uint)frequencies.Sum());
        int index = 0;
        while (drawn >= frequencies[index])
        {
            drawn -= (uint)frequencies[index++];
        }
        return index;
    }
}
