namespace MemCore.Migration;

/// <summary>What the move phase must know about a source that was unmapped; kept in the private word of its destination.</summary>
/// <remarks><code>
/// bit  63 ......... 2     1          0
///      [ anon_vma   ] was mlocked was mapped
/// </code></remarks>
/// <param name="AnonVma">The anon_vma of which the migration holds a reference, 0 for none.</param>
/// <param name="WasMapped">Migration entries name the source.</param>
/// <param name="WasMlocked">The destination must be on its list before entries are restored.</param>
internal readonly record struct MigrationRecord(int AnonVma, bool WasMapped, bool WasMlocked)
{
    private const int AnonVmaShift = 2;
    private const long MappedBit = 1;
    private const long MlockedBit = 2;

    public long Word => ((long)AnonVma << AnonVmaShift) | (WasMapped ? MappedBit : 0) | (WasMlocked ? MlockedBit : 0);

    public static MigrationRecord Of(long word) =>
        new((int)(word >> AnonVmaShift), (word & MappedBit) != 0, (word & MlockedBit) != 0);
}
