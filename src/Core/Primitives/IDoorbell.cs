namespace MemCore.Primitives;

/// <summary>Wakes the idle owner of a CPU. What it is woken for is in words of the arena: a bell that is not heard loses nothing.</summary>
internal interface IDoorbell
{
    void Ring(CpuId cpu);
}
