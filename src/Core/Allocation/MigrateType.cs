namespace MemCore.Allocation;

/// <summary>What a block's frames are meant for: frames that cannot move are kept together, away from those that can.</summary>
/// <remarks>Isolation is a bit of the block beside its type, so that its end restores the type. There is no CMA.</remarks>
public enum MigrateType
{
    Unmovable = 0,
    Movable = 1,
    Reclaimable = 2,

    /// <summary>A reserve: serves requests of its own type only, and its blocks are never claimed by another.</summary>
    HighAtomic = 3,
}

internal static class MigrateTypes
{
    public const int Count = 4;

    /// <summary>How many types <see cref="Fallback"/> names for a type.</summary>
    public static int FallbackCount(MigrateType type) => type == MigrateType.HighAtomic ? 3 : 2;

    /// <summary>The types whose blocks serve <paramref name="type"/> when its own are empty, in the kernel's order.</summary>
    public static MigrateType Fallback(MigrateType type, int index) => type switch
    {
        MigrateType.Unmovable => index == 0 ? MigrateType.Reclaimable : MigrateType.Movable,
        MigrateType.Movable => index == 0 ? MigrateType.Reclaimable : MigrateType.Unmovable,
        MigrateType.Reclaimable => index == 0 ? MigrateType.Unmovable : MigrateType.Movable,
        _ => index == 0 ? MigrateType.Unmovable : index == 1 ? MigrateType.Reclaimable : MigrateType.Movable,
    };
}
