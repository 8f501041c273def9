using System.Globalization;
using System.Text;

namespace MemCore.Perf.Growth;

/// <summary>A chart of one axis: both scales logarithmic, costs in ns, the anchors dashed in the colour of their series.</summary>
internal static class GrowthChart
{
    private const int Width = 900;
    private const int Height = 520;
    private const int Left = 80;
    private const int Right = 300;
    private const int Top = 50;
    private const int Bottom = 60;
    private const int LegendLine = 34;

    private static readonly string[] s_colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f"];

    /// <summary>A whole SVG file. Each series has points.</summary>
    public static string Draw(string title, IReadOnlyList<GrowthSeries> series)
    {
        GrowthPoint[] all = [.. series.SelectMany(s => s.Points)];
        Scale x = Scale.Of(all.Select(p => (double)p.Size), Left, Width - Right, wholeDecades: false);
        Scale y = Scale.Of(all.SelectMany(p => new[] { p.Ns, p.AnchorNs }), Height - Bottom, Top, wholeDecades: true);
        StringBuilder svg = new();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Line(svg, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        Line(svg, $"<text x=\"{Left}\" y=\"28\" font-size=\"16\">{Escape(title)}</text>");
        DrawAxes(svg, series[0].Axis, [.. all.Select(p => p.Size).Distinct().Order()], x, y);
        for (int i = 0; i < series.Count; i++) { DrawSeries(svg, series[i], s_colours[i % s_colours.Length], i, x, y); }
        Line(svg, $"</svg>");
        return svg.ToString();
    }

    private static void DrawAxes(StringBuilder svg, string axis, int[] sizes, Scale x, Scale y)
    {
        Line(svg, $"<g stroke=\"#ccc\">");
        foreach (int size in sizes) { Line(svg, $"<line x1=\"{x.At(size):F1}\" y1=\"{Top}\" x2=\"{x.At(size):F1}\" y2=\"{Height - Bottom}\"/>"); }
        foreach (double tick in y.Decades) { Line(svg, $"<line x1=\"{Left}\" y1=\"{y.At(tick):F1}\" x2=\"{Width - Right}\" y2=\"{y.At(tick):F1}\"/>"); }
        Line(svg, $"</g>");
        foreach (int size in sizes) { Line(svg, $"<text x=\"{x.At(size):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{GrowthReport.SizeOf(axis, size)}</text>"); }
        foreach (double tick in y.Decades) { Line(svg, $"<text x=\"{Left - 8}\" y=\"{y.At(tick) + 4:F1}\" text-anchor=\"end\">{tick:G6} ns</text>"); }
        Line(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 16}\" text-anchor=\"middle\">{axis}</text>");
    }

    private static void DrawSeries(StringBuilder svg, GrowthSeries series, string colour, int number, Scale x, Scale y)
    {
        string cost = string.Join(' ', series.Points.Select(p => Position(x.At(p.Size), y.At(p.Ns))));
        string anchor = string.Join(' ', series.Points.Select(p => Position(x.At(p.Size), y.At(p.AnchorNs))));
        Line(svg, $"<polyline points=\"{cost}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
        Line(svg, $"<polyline points=\"{anchor}\" fill=\"none\" stroke=\"{colour}\" stroke-dasharray=\"3 4\"/>");
        foreach (GrowthPoint p in series.Points) { Line(svg, $"<circle cx=\"{x.At(p.Size):F1}\" cy=\"{y.At(p.Ns):F1}\" r=\"3\" fill=\"{colour}\"/>"); }
        int left = Width - Right + 16;
        int top = Top + 12 + (number * 2 * LegendLine);
        string verdict = series.Points.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"exponent {series.Fit().Exponent:F3}: {series.Fit().Verdict}") : string.Empty;
        Line(svg, $"<text x=\"{left}\" y=\"{top}\" fill=\"{colour}\" font-weight=\"bold\">{Escape(series.Name)}</text>");
        Line(svg, $"<text x=\"{left}\" y=\"{top + 15}\">{Escape(verdict)}</text>");
        Line(svg, $"<text x=\"{left}\" y=\"{top + 30}\" fill=\"#666\">dashed: {Escape(series.Anchor)}</text>");
    }

    private static string Position(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{x:F1},{y:F1}");

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    private static void Line(StringBuilder svg, FormattableString text) => svg.Append(FormattableString.Invariant(text)).Append('\n');

    /// <summary>Maps logarithms to positions.</summary>
    private sealed record Scale(double Least, double Most, double From, double To)
    {
        /// <summary>Powers of ten on the scale.</summary>
        public IEnumerable<double> Decades
        {
            get
            {
                for (double d = Math.Ceiling(Math.Log10(Least) - 1e-9); d <= Math.Log10(Most) + 1e-9; d++) { yield return Math.Pow(10, d); }
            }
        }

        public static Scale Of(IEnumerable<double> values, double from, double to, bool wholeDecades)
        {
            double[] all = [.. values];
            double least = all.Min();
            double most = Math.Max(all.Max(), least * 1.001);
            return wholeDecades
                ? new Scale(Math.Pow(10, Math.Floor(Math.Log10(least))), Math.Pow(10, Math.Ceiling(Math.Log10(most))), from, to)
                : new Scale(least, most, from, to);
        }

        public double At(double value) => From + ((Math.Log(value) - Math.Log(Least)) / (Math.Log(Most) - Math.Log(Least)) * (To - From));
    }
}
