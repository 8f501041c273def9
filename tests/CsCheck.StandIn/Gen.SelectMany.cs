namespace CsCheck;

public static partial class Gen
{
    /// <summary>The second generator is chosen by what the first gave; both sizes count.</summary>
    public static Gen<R> SelectMany<T, R>(this Gen<T> gen, Func<T, IGen<R>> selector) => new GenFrom<R>((pcg, out size) =>
    {
        T first = gen.Generate(pcg, null, out Size size1);
        R second = selector(first).Generate(pcg, null, out Size size2);
        size = Size.Sum(size1, size2);
        return second;
    });

    /// <summary>What a query with two <c>from</c> clauses calls.</summary>
    public static Gen<R> SelectMany<T1, T2, R>(this Gen<T1> gen, Func<T1, IGen<T2>> genSelector, Func<T1, T2, R> resultSelector) =>
        gen.SelectMany(first => new GenFrom<R>((pcg, out size) => resultSelector(first, genSelector(first).Generate(pcg, null, out size))));

    public static Gen<R> SelectMany<T1, T2, R>(this Gen<(T1, T2)> gen, Func<T1, T2, IGen<R>> selector) =>
        gen.SelectMany(t => selector(t.Item1, t.Item2));

    public static Gen<R> SelectMany<T1, T2, R>(this Gen<T1> gen1, Gen<T2> gen2, Func<T1, T2, Gen<R>> selector) =>
        Select(gen1, gen2).SelectMany(t => selector(t.Item1, t.Item2));

    public static Gen<R> SelectMany<T1, T2, T3, R>(this Gen<(T1, T2, T3)> gen, Func<T1, T2, T3, IGen<R>> selector) =>
        gen.SelectMany(t => selector(t.Item1, t.Item2, t.Item3));

    public static Gen<R> SelectMany<T1, T2, T3, R>(this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Func<T1, T2, T3, Gen<R>> selector) =>
        Select(gen1, gen2, gen3).SelectMany(t => selector(t.Item1, t.Item2, t.Item3));

    public static Gen<R> SelectMany<T1, T2, T3, T4, R>(this Gen<(T1, T2, T3, T4)> gen, Func<T1, T2, T3, T4, IGen<R>> selector) =>
        gen.SelectMany(t => selector(t.Item1, t.Item2, t.Item3, t.Item4));

    public static Gen<R> SelectMany<T1, T2, T3, T4, R>(this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Func<T1, T2, T3, T4, Gen<R>> selector) =>
        Select(gen1, gen2, gen3, gen4).SelectMany(t => selector(t.Item1, t.Item2, t.Item3, t.Item4));
}
