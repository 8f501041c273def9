
namespace MemCore.Mapping;

/// <summary>A process's memory. 0 is nobody.</summary>
internal readonly record struct MmId(int Value)
{
    public bool IsNone => Value <= 0;
}

/// <summary>A range of a process's memory. 0 is none.</summary>
internal readonly record struct VmaId(int Value)
{
    public bool IsNone => Value <= 0;
}

/// <summary>A file's page cache. 0 is none.</summary>
internal readonly record struct CacheId(int Value)
{
    public bool IsNone => Value <= 0;
}
