using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Whole blocks: one of each type lies in the lists of a CPU, so that who frees one and needs one next touches nothing shared.</content>
internal sealed partial class FrameAllocator
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateWhole(TaskId task, MigrateType type)
    {
        if (!EnterOwned(task, out CpuSection section)) { return AllocateWholeUnowned(task, type); }
        bool any = _lists.TryPopWholeLocked(section.Cpu, type, out int block);
        LeaveOwned(task, section);
        if (!any) { return AllocateMany(task, _blockOrder, type); }
        Pfn head = new(block << _blockOrder);
        if (!_lives.TryBegin(head, 1)) { return AllocateWholeDirty(task, head, type); }
        _events.Count(task, EventCounter.PgAlloc, 1 << _blockOrder);
        return head;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateWholeUnowned(TaskId task, MigrateType type)
    {
        if (!Enter(task, out CpuSection section)) { return AllocateMany(task, _blockOrder, type); }
        bool any = _lists.TryPopWholeLocked(section.Cpu, type, out int block);
        Leave(task, section);
        return any ? AllocateWholeDirty(task, new Pfn(block << _blockOrder), type) : AllocateMany(task, _blockOrder, type);
    }

    // A block that has not been verified.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateWholeDirty(TaskId task, Pfn head, MigrateType type) =>
        PrepareMany(task, head, _blockOrder) ? HandOut(task, head, _blockOrder) : AllocateElsewhere(task, head, _blockOrder, type);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeWhole(TaskId task, Pfn head)
    {
        if ((head.Value & (BlockFrames - 1)) != 0 || !_lives.TryEnd(head))
        {
            FreeMany(task, head, _blockOrder);
            return;
        }
        _events.Count(task, EventCounter.PgFree, 1 << _blockOrder);
        if (!EnterOwned(task, out CpuSection section))
        {
            GiveWhole(task, head);
            return;
        }
        bool kept = TryKeepLocked(section.Cpu, head);
        LeaveOwned(task, section);
        if (!kept) { _shared.GiveBlock(head, _blockOrder); }
    }

    /// <summary>Gives back a whole block that was verified and counted.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveWhole(TaskId task, Pfn head)
    {
        bool kept = false;
        if (Enter(task, out CpuSection section))
        {
            kept = TryKeepLocked(section.Cpu, head);
            Leave(task, section);
        }
        if (!kept) { _shared.GiveBlock(head, _blockOrder); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryKeepLocked(CpuId cpu, Pfn head)
    {
        // Pairs with FrameAllocator.DrainCpu: a free that entered before the drain is drained, one after it sees the isolation.
        int block = head.Value >> _blockOrder;
        uint word = _shared.BlockNow(block);
        return BlockWord.IsWholeAndNotIsolated(word) && _lists.TryPushWholeLocked(cpu, BlockWord.Type(word), block);
    }
}
