using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>The switch between the machines. Read once; with it off, compiled code keeps no trace of it.</summary>
/// <remarks>
/// The switches are <c>AppContext</c> switches and must be set before the first touch of an engine type:
/// <c>Main</c> calls <see cref="Settle"/> first, so that Tier-1, OSR and fully optimised code fold the tests alike.
/// </remarks>
public static class Seam
{
    /// <summary>True in a process that explores interleavings: every access asks the scheduler of the calling actor.</summary>
    public static readonly bool Exploring = Read("MemCore.Explore");

    /// <summary>True in a Metal process that disturbs itself: random delays before accesses, forced slow paths.</summary>
    public static readonly bool Chaotic = Read("MemCore.Chaos");

    /// <summary>True when an access to a shared word may do more than the bare instruction.</summary>
    public static readonly bool On = Exploring || Chaotic;

    /// <summary>True when locks record who holds them and in which order they were taken.</summary>
    public static readonly bool Checked = On || Read("MemCore.Checked");

    /// <summary>True in a Metal process that notes who holds each reference: checked, and no exploration, whose states would be more for it.</summary>
    internal static readonly bool NotesHolders = Checked && !Exploring;

    /// <summary>Who answers seam calls while <see cref="On"/>. Null: the bare operation, as when the seam is off.</summary>
    internal static SeamHost? Host { get; set; }

    /// <summary>Runs the class constructors that hold switches, so that the JIT sees constants from the first compilation on.</summary>
    public static void Settle()
    {
        RuntimeHelpers.RunClassConstructor(typeof(Seam).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(Plant).TypeHandle);
    }

    private static bool Read(string name) => AppContext.TryGetSwitch(name, out bool on) && on;
}
