using System.Reflection;
using System.Runtime.CompilerServices;

namespace MemCore.Tests;

/// <summary>Which library runs the properties of this executable: the published one or the stand-in.</summary>
internal static class PropertyLibrary
{
    public static bool IsStandIn => typeof(CsCheck.Check).Assembly.GetName().Name != "CsCheck";

    public static string Name => IsStandIn ? "stand-in" : $"CsCheck {typeof(CsCheck.Check).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Every run says it first, on stderr: stdout may carry a protocol.</summary>
    [ModuleInitializer]
    internal static void Say() => Console.Error.WriteLine($"property library: {Name}");
}
