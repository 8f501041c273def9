using System.Diagnostics.CodeAnalysis;

namespace MemCore.Lab.Host;

/// <summary>Makes a plausible host from a seed.</summary>
internal static class SyntheticHost
{
    public static bool TryMake(ulong seed, int frames, [NotNullWhen(true)] out HostMap? map, [NotNullWhen(false)] out HostError? error)
    {
        map = new HostMap($"synthetic {seed}", new ulong[frames], null);
        error = null;
        return true;
    }
}
