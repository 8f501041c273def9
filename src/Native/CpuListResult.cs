namespace MemCore.Native;

/// <summary>What <see cref="CpuList.Parse"/> made of a text: the numbers, or one line saying why not.</summary>
public readonly record struct CpuListResult
{
    private readonly int[]? _numbers;

    private CpuListResult(int[]? numbers, string error) => (_numbers, Error) = (numbers, error);

    /// <summary>False: <see cref="Error"/> says why and <see cref="Numbers"/> is empty.</summary>
    public bool IsValid => _numbers is not null;

    /// <summary>Sorted, each once.</summary>
    public IReadOnlyList<int> Numbers => _numbers ?? [];

    /// <summary>One line, empty when valid.</summary>
    public string Error { get; }

    internal static CpuListResult Of(int[] numbers) => new(numbers, "");

    internal static CpuListResult Refused(string error) => new(null, error);
}
