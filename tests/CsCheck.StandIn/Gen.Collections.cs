namespace CsCheck;

/// <summary>Lengths from 0 to 127, short ones likely; shorter is smaller, then the sum of the elements decides.</summary>
public sealed class GenArray<T>(Gen<T> gen) : Gen<T[]>
{
    public Gen<T[]> Nonempty => Collections.Array(gen, Collections.LengthNonempty);

    public Gen<T[]> this[int length] => Collections.Array(gen, Gen.Const(length));

    public Gen<T[]> this[int start, int finish] => Collections.Array(gen, Gen.Int[start, finish]);

    public Gen<T[]> this[Gen<int> length] => Collections.Array(gen, length);

    public override T[] Generate(PCG pcg, Size? min, out Size size) =>
        Collections.Array(gen, Collections.Length).Generate(pcg, min, out size);
}

/// <inheritdoc cref="GenArray{T}"/>
public sealed class GenList<T>(Gen<T> gen) : Gen<List<T>>
{
    public Gen<List<T>> Nonempty => Collections.List(gen, Collections.LengthNonempty);

    public Gen<List<T>> this[int length] => Collections.List(gen, Gen.Const(length));

    public Gen<List<T>> this[int start, int finish] => Collections.List(gen, Gen.Int[start, finish]);

    public Gen<List<T>> this[Gen<int> length] => Collections.List(gen, length);

    public override List<T> Generate(PCG pcg, Size? min, out Size size) =>
        Collections.List(gen, Collections.Length).Generate(pcg, min, out size);
}

/// <summary>Arrays without equal elements. More elements than the generator has values is a <see cref="CsCheckException"/>.</summary>
public sealed class GenArrayUnique<T>(Gen<T> gen) : Gen<T[]>
{
    public Gen<T[]> Nonempty => Collections.ArrayUnique(gen, Collections.LengthNonempty);

    public Gen<T[]> this[int length] => Collections.ArrayUnique(gen, Gen.Const(length));

    public Gen<T[]> this[int start, int finish] => Collections.ArrayUnique(gen, Gen.Int[start, finish]);

    public Gen<T[]> this[Gen<int> length] => Collections.ArrayUnique(gen, length);

    public override T[] Generate(PCG pcg, Size? min, out Size size) =>
        Collections.ArrayUnique(gen, Collections.Length).Generate(pcg, min, out size);
}

internal static class Collections
{
    private const int LengthBits = 7;

    public static readonly Gen<int> Length = Ranges.Skewed(LengthBits, bits => (int)bits);
    public static readonly Gen<int> LengthNonempty = Ranges.Skewed(LengthBits, bits => bits == 0 ? 1 : (int)bits);

    public static Gen<T[]> Array<T>(Gen<T> gen, Gen<int> length) => new GenFrom<T[]>((pcg, out size) =>
    {
        var array = new T[length.Generate(pcg, null, out _)];
        var sum = new Size(0);
        for (int i = 0; i < array.Length; i++)
        {
            array[i] = gen.Generate(pcg, null, out Size element);
            sum = Size.Sum(sum, element);
        }
        size = new Size((ulong)array.Length, sum);
        return array;
    });

    public static Gen<List<T>> List<T>(Gen<T> gen, Gen<int> length) => Array(gen, length).Select(array => new List<T>(array));

    public static Gen<T[]> ArrayUnique<T>(Gen<T> gen, Gen<int> length) => new GenFrom<T[]>((pcg, out size) =>
    {
        var array = new T[length.Generate(pcg, null, out _)];
        var seen = new HashSet<T>(array.Length);
        var sum = new Size(0);
        for (int i = 0, repeats = 0; i < array.Length;)
        {
            T value = gen.Generate(pcg, null, out Size element);
            if (seen.Add(value))
            {
                array[i++] = value;
                sum = Size.Sum(sum, element);
                repeats = 0;
            }
            else if (++repeats >= Check.WhereLimit)
            {
                throw new CsCheckException($"no new value in {repeats} draws: the generator has too few for a unique array of {array.Length}");
            }
        }
        size = new Size((ulong)array.Length, sum);
        return array;
    });
}
