namespace CsCheck;

/// <summary>A generated start that can be made again, untouched, as often as wanted.</summary>
internal sealed class Initial<T>(Gen<T> gen, uint stream, ulong state, T first)
{
    /// <summary>The object that the case runs on.</summary>
    public T First => first;

    public static Gen<Initial<T>> Of(Gen<T> gen) => new GenFrom<Initial<T>>((pcg, out size) =>
    {
        (uint stream, ulong state) = (pcg.Stream, pcg.State);
        return new Initial<T>(gen, stream, state, gen.Generate(pcg, null, out size));
    });

    public T Again() => gen.Generate(PCG.At(stream, state), null, out _);
}
