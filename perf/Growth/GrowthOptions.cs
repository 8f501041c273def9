namespace MemCore.Perf.Growth;

/// <summary>What a growth run is asked for.</summary>
/// <param name="Json">Records on stdout instead of tables.</param>
/// <param name="SvgDirectory">Where the charts go; null: none are drawn.</param>
/// <param name="Quick">A few small sizes and rounds, to see that all of it runs: no figure to quote.</param>
/// <param name="Axes">What grows.</param>
internal sealed record GrowthOptions(bool Json, string? SvgDirectory, bool Quick, IReadOnlyList<string> Axes)
{
    public const string Usage = "usage: growth [--json] [--svg DIR] [--only frames,waiters,mappers,cpus] [--quick]";

    private static readonly string[] s_axes = [FrameGrowth.Axis, WaiterGrowth.Axis, MapperGrowth.Axis, CpuGrowth.Axis];

    public int Rounds => Quick ? 3 : 9;

    /// <summary>Slices of a round.</summary>
    public int Slices => Quick ? 2 : 8;

    public int SliceUs => Quick ? 20 : 150;

    public IReadOnlyList<int> FrameOrders => Quick ? [12, 13, 14] : [12, 14, 16, 18, 20, 22, 24];

    /// <summary>Waiters, and mappers.</summary>
    public IReadOnlyList<int> Crowds => Quick ? [1, 4, 16] : [1, 3, 10, 32, 100, 316, 1000];

    public static bool TryParse(string[] args, out GrowthOptions options, out string error)
    {
        options = new GrowthOptions(Json: false, SvgDirectory: null, Quick: false, s_axes);
        ModeArguments arguments = new(args);
        while (arguments.Next())
        {
            switch (arguments.Current)
            {
                case "--json": options = options with { Json = true }; break;
                case "--quick": options = options with { Quick = true }; break;
                case "--svg": options = options with { SvgDirectory = arguments.Text() }; break;
                case "--only": options = options with { Axes = arguments.Names(s_axes) }; break;
                default: arguments.Unknown(); break;
            }
        }
        error = arguments.Error;
        return error.Length == 0;
    }
}
