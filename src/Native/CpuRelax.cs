using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MemCore.Native;

/// <summary>The instruction for the body of a spin loop.</summary>
internal static class CpuRelax
{
    /// <summary>One hint: tens of cycles on current x64, about one on arm64. Gives the SMT sibling room; never yields to the OS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pause()
    {
        if (X86Base.IsSupported) { X86Base.Pause(); }
        else if (ArmBase.IsSupported) { ArmBase.Yield(); }
        else { Thread.SpinWait(1); }
    }
}
