using System.Globalization;

namespace MemCore.Primitives;

/// <summary>A page frame number: the index of a frame in every per-frame column.</summary>
public readonly record struct Pfn(int Value)
{
    /// <summary>No frame. What an exhausted allocation returns.</summary>
    public static Pfn None => new(-1);

    public bool IsNone => Value < 0;

    public static Pfn operator +(Pfn pfn, int frames) => new(pfn.Value + frames);

    public static Pfn Add(Pfn left, int right) => left + right;

    public override string ToString() => IsNone ? "none" : string.Create(CultureInfo.InvariantCulture, $"0x{Value:x}");
}

/// <summary>A slot of per-CPU data in the arena, bound to a core on Metal.</summary>
public readonly record struct CpuId(int Value)
{
    public static CpuId None => new(-1);

    public bool IsNone => Value < 0;
}

/// <summary>What runs: an OS thread on Metal, an actor in the Explorer. Indexes the per-task columns.</summary>
public readonly record struct TaskId(int Value);
