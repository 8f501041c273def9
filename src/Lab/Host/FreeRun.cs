namespace MemCore.Lab.Host;

/// <summary>Neighbouring free frames.</summary>
internal readonly record struct FreeRun(int Start, int Count)
{
    public int End => Start + Count;
}
