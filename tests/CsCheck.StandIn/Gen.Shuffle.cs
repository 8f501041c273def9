namespace CsCheck;

public static partial class Gen
{
    /// <summary>A random order of the elements, in a new array.</summary>
    public static Gen<T[]> Shuffle<T>(T[] constants) => Shuffle(Const(constants), constants.Length, constants.Length);

    public static Gen<T[]> Shuffle<T>(T[] constants, int length) => Shuffle(Const(constants), length, length);

    public static Gen<T[]> Shuffle<T>(T[] a, int start, int finish) => Shuffle(Const(a), start, finish);

    public static Gen<T[]> Shuffle<T>(this Gen<T[]> gen, int length) => Shuffle(gen, length, length);

    /// <summary>The first few of a random order: how many is drawn from start to finish, both included.</summary>
    public static Gen<T[]> Shuffle<T>(this Gen<T[]> gen, int start, int finish)
    {
        Gen<int> length = Int[start, finish];
        return new GenFrom<T[]>((pcg, out size) =>
        {
            int taken = length.Generate(pcg, null, out _);
            T[] rest = [.. gen.Generate(pcg, null, out Size inner)];
            ulong moved = 0;
            for (int i = 0; i < taken; i++)
            {
                int from = i + (int)pcg.Next((uint)(rest.Length - i));
                moved += (ulong)(from - i);
                (rest[i], rest[from]) = (rest[from], rest[i]);
            }
            size = new Size((ulong)taken, new Size(moved, inner));
            return rest[..taken];
        });
    }

    public static Gen<List<T>> Shuffle<T>(List<T> list) => Shuffle(list.ToArray()).Select(array => new List<T>(array));

    public static Gen<List<T>> Shuffle<T>(List<T> list, int length) => Shuffle(list.ToArray(), length).Select(array => new List<T>(array));

    public static Gen<List<T>> Shuffle<T>(List<T> a, int start, int finish) =>
        Shuffle(a.ToArray(), start, finish).Select(array => new List<T>(array));
}
