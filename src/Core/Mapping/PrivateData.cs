namespace MemCore.Mapping;

/// <summary>What the filesystem behind a page cache does with its private data (buffers) when a folio is to move.</summary>
internal enum PrivateData
{
    /// <summary>Nothing: the folio falls back to be written out and stripped first, which nobody here does.</summary>
    Stays,

    /// <summary>Moves it along, as buffer_migrate_folio does for files on block devices.</summary>
    Moves,
}
