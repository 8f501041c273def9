namespace CsCheck;

/// <summary>What draws a value and says how big it is.</summary>
public interface IGen<out T>
{
    T Generate(PCG pcg, Size? min, out Size size);
}

/// <summary>A generator: the same state and stream give the same value and size.</summary>
/// <remarks>
/// There are no shrink trees. After a failure the search goes on, only values of a smaller size are tried, and each of
/// them has a seed of its own. <c>min</c> is the bar to come below; a generator may ignore it.
/// </remarks>
public abstract class Gen<T> : IGen<T>
{
    public GenArray<T> Array => new(this);

    public GenList<T> List => new(this);

    public GenArrayUnique<T> ArrayUnique => new(this);

    public abstract T Generate(PCG pcg, Size? min, out Size size);

    public GenOperation<S> Operation<S>(Func<T, string> name, Action<S, T> action) => GenOperation.Create(this, name, action);

    public GenOperation<S> Operation<S>(Action<S, T> action) => GenOperation.Create(this, action);

    public GenOperation<Actual, Model> Operation<Actual, Model>(Func<T, string> name, Action<Actual, T> actual, Action<Model, T> model) =>
        GenOperation.Create(this, name, actual, model);

    public GenOperation<Actual, Model> Operation<Actual, Model>(Action<Actual, T> actual, Action<Model, T> model) =>
        GenOperation.Create(this, actual, model);

    public GenMetamorphic<S> Metamorphic<S>(Func<T, string> name, Action<S, T> action1, Action<S, T> action2) =>
        GenMetamorphic.Create(this, name, action1, action2);

    public GenMetamorphic<S> Metamorphic<S>(Action<S, T> action1, Action<S, T> action2) =>
        GenMetamorphic.Create(this, Check.Print, action1, action2);
}

internal delegate T Draw<T>(PCG pcg, out Size size);

/// <summary>A generator written as one function.</summary>
internal sealed class GenFrom<T>(Draw<T> draw) : Gen<T>
{
    public override T Generate(PCG pcg, Size? min, out Size size) => draw(pcg, out size);
}
