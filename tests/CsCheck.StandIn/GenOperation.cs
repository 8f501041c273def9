namespace CsCheck;

/// <summary>Draws a named step on a state.</summary>
public sealed class GenOperation<T> : Gen<(string, Action<T>)>
{
    /// <summary>The step has no name of its own: it is printed as "Op" with its place among the operations.</summary>
    public bool AddOpNumber;

    private readonly Gen<(string, Action<T>)> _steps;

    internal GenOperation(Gen<(string, Action<T>)> steps, bool addOpNumber)
    {
        _steps = steps;
        AddOpNumber = addOpNumber;
    }

    public override (string, Action<T>) Generate(PCG pcg, Size? min, out Size size) => _steps.Generate(pcg, min, out size);
}

/// <summary>Draws a named step that is done to the actual thing and to its model.</summary>
public sealed class GenOperation<Actual, Model> : Gen<(string, Action<Actual>, Action<Model>)>
{
    /// <inheritdoc cref="GenOperation{T}.AddOpNumber"/>
    public bool AddOpNumber;

    private readonly Gen<(string, Action<Actual>, Action<Model>)> _steps;

    internal GenOperation(Gen<(string, Action<Actual>, Action<Model>)> steps, bool addOpNumber)
    {
        _steps = steps;
        AddOpNumber = addOpNumber;
    }

    public override (string, Action<Actual>, Action<Model>) Generate(PCG pcg, Size? min, out Size size) =>
        _steps.Generate(pcg, min, out size);
}

/// <summary>Draws a named step in two forms that should come to the same.</summary>
public sealed class GenMetamorphic<T> : Gen<(string, Action<T>, Action<T>)>
{
    private readonly Gen<(string, Action<T>, Action<T>)> _steps;

    internal GenMetamorphic(Gen<(string, Action<T>, Action<T>)> steps) => _steps = steps;

    public override (string, Action<T>, Action<T>) Generate(PCG pcg, Size? min, out Size size) => _steps.Generate(pcg, min, out size);
}

public static class GenOperation
{
    public static GenOperation<S> Create<S, T>(Gen<T> gen, Action<S, T> action) => Of(gen, Check.Print, action, addOpNumber: true);

    public static GenOperation<S> Create<S, T>(Gen<T> gen, Func<T, string> name, Action<S, T> action) =>
        Of(gen, name, action, addOpNumber: false);

    public static GenOperation<Actual, Model> Create<Actual, Model, T>(Gen<T> gen, Action<Actual, T> actual, Action<Model, T> model) =>
        Of(gen, Check.Print, actual, model, addOpNumber: true);

    public static GenOperation<Actual, Model> Create<Actual, Model, T>(
        Gen<T> gen, Func<T, string> name, Action<Actual, T> actual, Action<Model, T> model) =>
        Of(gen, name, actual, model, addOpNumber: false);

    public static GenOperation<Actual, Model> Create<Actual, Model>(Action<Actual> actual, Action<Model> model) =>
        new(Gen.Const(("", actual, model)), addOpNumber: true);

    public static GenOperation<Actual, Model> Create<Actual, Model>(string name, Action<Actual> actual, Action<Model> model) =>
        new(Gen.Const((name, actual, model)), addOpNumber: false);

    public static GenOperation<T> Create<T>(Action<T> action) => new(Gen.Const(("", action)), addOpNumber: true);

    public static GenOperation<T> Create<T>(string name, Action<T> action) => new(Gen.Const((name, action)), addOpNumber: false);

    /// <summary>One generator over all the operations, each equally likely, the unnamed ones numbered.</summary>
    internal static Gen<(string, Action<T>)> AnyOf<T>(GenOperation<T>[] operations) => Gen.OneOf<(string, Action<T>)>(
        [.. operations.Select((op, i) => op.AddOpNumber ? op.Select((name, action) => (Numbered(i, name), action)) : op)]);

    /// <inheritdoc cref="AnyOf{T}(GenOperation{T}[])"/>
    internal static Gen<(string, Action<A>, Action<M>)> AnyOf<A, M>(GenOperation<A, M>[] operations) => Gen.OneOf<(string, Action<A>, Action<M>)>(
        [.. operations.Select((op, i) => op.AddOpNumber ? op.Select((name, actual, model) => (Numbered(i, name), actual, model)) : op)]);

    private static string Numbered(int index, string name) => name.Length == 0 ? $"Op{index}" : $"Op{index} {name}";

    private static GenOperation<S> Of<S, T>(Gen<T> gen, Func<T, string> name, Action<S, T> action, bool addOpNumber) =>
        new(gen.Select(t => (name(t), (Action<S>)(state => action(state, t)))), addOpNumber);

    private static GenOperation<A, M> Of<A, M, T>(Gen<T> gen, Func<T, string> name, Action<A, T> actual, Action<M, T> model, bool addOpNumber) =>
        new(gen.Select(t => (name(t), (Action<A>)(a => actual(a, t)), (Action<M>)(m => model(m, t)))), addOpNumber);
}

public static class GenMetamorphic
{
    public static GenMetamorphic<S> Create<S, T>(Gen<T> gen, Func<T, string> name, Action<S, T> action1, Action<S, T> action2) =>
        new(gen.Select(t => (name(t), (Action<S>)(s => action1(s, t)), (Action<S>)(s => action2(s, t)))));
}

public static partial class Gen
{
    public static GenOperation<T> Operation<T>(string name, Action<T> action) => GenOperation.Create(name, action);

    public static GenOperation<T> Operation<T>(Action<T> action) => GenOperation.Create(action);

    public static GenOperation<Actual, Model> Operation<Actual, Model>(string name, Action<Actual> actual, Action<Model> model) =>
        GenOperation.Create(name, actual, model);

    public static GenOperation<Actual, Model> Operation<Actual, Model>(Action<Actual> actual, Action<Model> model) =>
        GenOperation.Create(actual, model);
}
