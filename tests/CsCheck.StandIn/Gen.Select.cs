namespace CsCheck;

public static partial class Gen
{
    public static Gen<R> Select<T, R>(this Gen<T> gen, Func<T, R> selector) => new GenFrom<R>((pcg, out size) =>
        selector(gen.Generate(pcg, null, out size)));

    public static Gen<(T1, T2)> Select<T1, T2>(
        this Gen<T1> gen1, Gen<T2> gen2) =>
        new GenFrom<(T1, T2)>((pcg, out size) =>
        {
            T1 value1 = gen1.Generate(pcg, null, out Size size1);
            T2 value2 = gen2.Generate(pcg, null, out Size size2);
            size = Size.Sum(size1, size2);
            return (value1, value2);
        });

    public static Gen<R> Select<T1, T2, R>(
        this Gen<T1> gen1, Gen<T2> gen2,
        Func<T1, T2, R> selector) =>
        Select(gen1, gen2).Select(selector);

    public static Gen<R> Select<T1, T2, R>(this Gen<(T1, T2)> gen, Func<T1, T2, R> selector) =>
        gen.Select(t => selector(t.Item1, t.Item2));

    public static Gen<(T1, T2, T3)> Select<T1, T2, T3>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3) =>
        new GenFrom<(T1, T2, T3)>((pcg, out size) =>
        {
            (T1, T2) left = Select(gen1, gen2).Generate(pcg, null, out Size size1);
            T3 right = gen3.Generate(pcg, null, out Size size2);
            size = Size.Sum(size1, size2);
            return (left.Item1, left.Item2, right);
        });

    public static Gen<R> Select<T1, T2, T3, R>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3,
        Func<T1, T2, T3, R> selector) =>
        Select(gen1, gen2, gen3).Select(selector);

    public static Gen<R> Select<T1, T2, T3, R>(this Gen<(T1, T2, T3)> gen, Func<T1, T2, T3, R> selector) =>
        gen.Select(t => selector(t.Item1, t.Item2, t.Item3));

    public static Gen<(T1, T2, T3, T4)> Select<T1, T2, T3, T4>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4) =>
        new GenFrom<(T1, T2, T3, T4)>((pcg, out size) =>
        {
            (T1, T2, T3) left = Select(gen1, gen2, gen3).Generate(pcg, null, out Size size1);
            T4 right = gen4.Generate(pcg, null, out Size size2);
            size = Size.Sum(size1, size2);
            return (left.Item1, left.Item2, left.Item3, right);
        });

    public static Gen<R> Select<T1, T2, T3, T4, R>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4,
        Func<T1, T2, T3, T4, R> selector) =>
        Select(gen1, gen2, gen3, gen4).Select(selector);

    public static Gen<R> Select<T1, T2, T3, T4, R>(this Gen<(T1, T2, T3, T4)> gen, Func<T1, T2, T3, T4, R> selector) =>
        gen.Select(t => selector(t.Item1, t.Item2, t.Item3, t.Item4));

    public static Gen<(T1, T2, T3, T4, T5)> Select<T1, T2, T3, T4, T5>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Gen<T5> gen5) =>
        new GenFrom<(T1, T2, T3, T4, T5)>((pcg, out size) =>
        {
            (T1, T2, T3, T4) left = Select(gen1, gen2, gen3, gen4).Generate(pcg, null, out Size size1);
            T5 right = gen5.Generate(pcg, null, out Size size2);
            size = Size.Sum(size1, size2);
            return (left.Item1, left.Item2, left.Item3, left.Item4, right);
        });

    public static Gen<R> Select<T1, T2, T3, T4, T5, R>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Gen<T5> gen5,
        Func<T1, T2, T3, T4, T5, R> selector) =>
        Select(gen1, gen2, gen3, gen4, gen5).Select(selector);

    public static Gen<R> Select<T1, T2, T3, T4, T5, R>(this Gen<(T1, T2, T3, T4, T5)> gen, Func<T1, T2, T3, T4, T5, R> selector) =>
        gen.Select(t => selector(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5));

    public static Gen<(T1, T2, T3, T4, T5, T6)> Select<T1, T2, T3, T4, T5, T6>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Gen<T5> gen5, Gen<T6> gen6) =>
        new GenFrom<(T1, T2, T3, T4, T5, T6)>((pcg, out size) =>
        {
            (T1, T2, T3, T4, T5) left = Select(gen1, gen2, gen3, gen4, gen5).Generate(pcg, null, out Size size1);
            T6 right = gen6.Generate(pcg, null, out Size size2);
            size = Size.Sum(size1, size2);
            return (left.Item1, left.Item2, left.Item3, left.Item4, left.Item5, right);
        });

    public static Gen<R> Select<T1, T2, T3, T4, T5, T6, R>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Gen<T5> gen5, Gen<T6> gen6,
        Func<T1, T2, T3, T4, T5, T6, R> selector) =>
        Select(gen1, gen2, gen3, gen4, gen5, gen6).Select(selector);

    public static Gen<R> Select<T1, T2, T3, T4, T5, T6, R>(this Gen<(T1, T2, T3, T4, T5, T6)> gen, Func<T1, T2, T3, T4, T5, T6, R> selector) =>
        gen.Select(t => selector(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5, t.Item6));

    public static Gen<(T1, T2, T3, T4, T5, T6, T7)> Select<T1, T2, T3, T4, T5, T6, T7>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Gen<T5> gen5, Gen<T6> gen6, Gen<T7> gen7) =>
        new GenFrom<(T1, T2, T3, T4, T5, T6, T7)>((pcg, out size) =>
        {
            (T1, T2, T3, T4, T5, T6) left = Select(gen1, gen2, gen3, gen4, gen5, gen6).Generate(pcg, null, out Size size1);
            T7 right = gen7.Generate(pcg, null, out Size size2);
            size = Size.Sum(size1, size2);
            return (left.Item1, left.Item2, left.Item3, left.Item4, left.Item5, left.Item6, right);
        });

    public static Gen<R> Select<T1, T2, T3, T4, T5, T6, T7, R>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Gen<T5> gen5, Gen<T6> gen6, Gen<T7> gen7,
        Func<T1, T2, T3, T4, T5, T6, T7, R> selector) =>
        Select(gen1, gen2, gen3, gen4, gen5, gen6, gen7).Select(selector);

    public static Gen<R> Select<T1, T2, T3, T4, T5, T6, T7, R>(this Gen<(T1, T2, T3, T4, T5, T6, T7)> gen, Func<T1, T2, T3, T4, T5, T6, T7, R> selector) =>
        gen.Select(t => selector(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5, t.Item6, t.Item7));

    public static Gen<(T1, T2, T3, T4, T5, T6, T7, T8)> Select<T1, T2, T3, T4, T5, T6, T7, T8>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Gen<T5> gen5, Gen<T6> gen6, Gen<T7> gen7, Gen<T8> gen8) =>
        new GenFrom<(T1, T2, T3, T4, T5, T6, T7, T8)>((pcg, out size) =>
        {
            (T1, T2, T3, T4, T5, T6, T7) left = Select(gen1, gen2, gen3, gen4, gen5, gen6, gen7).Generate(pcg, null, out Size size1);
            T8 right = gen8.Generate(pcg, null, out Size size2);
            size = Size.Sum(size1, size2);
            return (left.Item1, left.Item2, left.Item3, left.Item4, left.Item5, left.Item6, left.Item7, right);
        });

    public static Gen<R> Select<T1, T2, T3, T4, T5, T6, T7, T8, R>(
        this Gen<T1> gen1, Gen<T2> gen2, Gen<T3> gen3, Gen<T4> gen4, Gen<T5> gen5, Gen<T6> gen6, Gen<T7> gen7, Gen<T8> gen8,
        Func<T1, T2, T3, T4, T5, T6, T7, T8, R> selector) =>
        Select(gen1, gen2, gen3, gen4, gen5, gen6, gen7, gen8).Select(selector);

    public static Gen<R> Select<T1, T2, T3, T4, T5, T6, T7, T8, R>(this Gen<(T1, T2, T3, T4, T5, T6, T7, T8)> gen, Func<T1, T2, T3, T4, T5, T6, T7, T8, R> selector) =>
        gen.Select(t => selector(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5, t.Item6, t.Item7, t.Item8));
}
