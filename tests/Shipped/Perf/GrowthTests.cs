using System.Text.Json;
using System.Xml.Linq;
using MemCore.Perf.Growth;

namespace MemCore.Tests.Perf;

/// <summary>The growth mode keeps its contract and tells laws apart; its figures are no matter of a test.</summary>
public sealed class GrowthTests
{
    private static readonly double[] s_sizes = [1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24];

    [Fact]
    public void RecordsOfAQuickRunAreComplete()
    {
        StringWriter results = new();
        Assert.Equal(0, GrowthCommand.Run(["--quick", "--json"], results, TextWriter.Null));
        HashSet<string> axes = [];
        foreach (string line in results.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument record = JsonDocument.Parse(line);
            JsonElement root = record.RootElement;
            Assert.Equal("memcore.growth/1", root.GetProperty("schema").GetString());
            axes.Add(root.GetProperty("axis").GetString()!);
            Assert.NotEmpty(root.GetProperty("series").GetString()!);
            foreach (string name in new[] { "size", "ns", "minNs", "rmwNs", "rmw", "anchorNs", "ratio", "limit" })
            {
                double value = root.GetProperty(name).GetDouble();
                Assert.True(double.IsFinite(value) && value > 0, $"{name} is {value}: {line}");
            }
            Assert.True(double.IsFinite(root.GetProperty("exponent").GetDouble()));
            Assert.True(root.GetProperty("pass").ValueKind is JsonValueKind.True or JsonValueKind.False);
        }
        Assert.Superset(new HashSet<string> { "frames", "waiters", "mappers" }, axes);
    }

    [Fact]
    public void TheOneCommandDrawsAChartOfEachAxis()
    {
        string directory = Directory.CreateTempSubdirectory("memcore-growth").FullName;
        try
        {
            StringWriter results = new();
            Assert.Equal(0, GrowthCommand.Run(["--quick", "--only", "frames,mappers", "--svg", directory], results, TextWriter.Null));
            foreach (string axis in new[] { "frames", "mappers" })
            {
                XElement svg = XElement.Load(Path.Combine(directory, $"growth-{axis}.svg"));
                Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "polyline");
                Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
                Assert.Contains($"\n| {axis} |", results.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
            }
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    [Fact]
    public void ACostThatDoesNotGrowIsFlatAlsoWhenItIsNoisy()
    {
        GrowthFit fit = GrowthFit.Of(s_sizes, [100, 108, 95, 104, 97, 106, 101], Law.Flat);
        Assert.True(fit.Holds);
        Assert.Equal("flat", fit.Verdict);
    }

    [Fact]
    public void ALinearCostIsNotFlat()
    {
        GrowthFit fit = GrowthFit.Of(s_sizes, [.. s_sizes.Select(s => 3 * s)], Law.Flat);
        Assert.Equal(1.0, fit.Exponent, 6);
        Assert.Equal("NOT FLAT", fit.Verdict);
    }

    [Fact]
    public void ALogarithmicCostIsNotFlat() =>
        Assert.False(GrowthFit.Of(s_sizes, [.. s_sizes.Select(s => 10 * Math.Log2(s))], Law.Flat).Holds);

    [Fact]
    public void ALinearCostOnTopOfAConstantOneIsLinear()
    {
        double[] mappers = [1, 3, 10, 32, 100, 316, 1000];
        GrowthFit fit = GrowthFit.Of(mappers, [.. mappers.Select(n => 300 + (90 * n))], Law.Linear);
        Assert.True(fit.Holds);
    }

    [Fact]
    public void AQuadraticCostIsFoundBehindAConstantOne()
    {
        double[] mappers = [1, 3, 10, 32, 100, 316, 1000];
        GrowthFit fit = GrowthFit.Of(mappers, [.. mappers.Select(n => 10_000 + (n * n))], Law.Linear);
        Assert.True(fit.Exponent < 1.05, "over all sizes the constant hides it");
        Assert.Equal("MORE THAN LINEAR", fit.Verdict);
    }

    [Theory]
    [InlineData("--fast")]
    [InlineData("--svg")]
    [InlineData("--only", "frames,pages")]
    public void WhatIsNotUnderstoodIsAUsageErrorInOneLine(params string[] args)
    {
        StringWriter progress = new();
        Assert.Equal(2, GrowthCommand.Run(args, TextWriter.Null, progress));
        Assert.Single(progress.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
