namespace MemCore.Perf.Measuring;

/// <summary>What the machine was like at one moment.</summary>
/// <param name="RmwNs">A read-modify-write on an owned line.</param>
/// <param name="PingPongNs">A line's way from core to core; null without a second CPU.</param>
/// <param name="IssueWidth">Simple operations that a core did in a cycle, of two the one that did fewer.</param>
internal readonly record struct GaugeReading(double RmwNs, double? PingPongNs, double IssueWidth);
