using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>What every mechanism stands on: handed around as one, so that a constructor names only what is its own.</summary>
internal sealed record EngineBase(
    Arena Arena, FrameTable Frames, CpuSlots Cpus, EventCounters Events, RefLedger Ledger, MigrationPolicy Policy)
{
    public LockRanks Ranks => Cpus.Ranks;
}
