using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>The identity of the state in full: what <see cref="Key"/> hashes, word by word.</content>
internal unsafe partial class Runner
{
    private int[]? _hashedLocations;

    /// <summary>Appends all that tells this state from others. Clocks of a race detector have no such form.</summary>
    public void WriteKey(int current, List<ulong> key)
    {
        if (_races is not null) { throw new LabException("states with clocks of a race detector are compared by hash only"); }
        _hashedLocations ??= [.. Enumerable.Range(0, _wordCount).Where(location => _policy[location] != NotHashed)];
        foreach (int location in _hashedLocations)
        {
            key.Add(_policy[location] == HashedByMask ? _words[location] & _masks[location] : _words[location]);
        }
        key.Add((ulong)(current + 1));
        for (int i = 0; i < _actors; i++) { WriteActor(i, key); }
        if (_pending is not null) { WriteBuffers(key); }
    }

    private void WriteActor(int actor, List<ulong> key)
    {
        ref ActorState s = ref _states[actor];
        key.Add(((ulong)(uint)s.Operation << 40) | ((ulong)(s.LogCount - s.LogStart) << 8) | ((ulong)s.Wait << 1) | (s.Done ? 1u : 0u));
        key.Add(((ulong)(uint)s.WaitLocation << 32) | (uint)s.WaitSeen);
        for (int at = s.LogStart; at < s.LogCount; at++)
        {
            ref LogEntry e = ref _logs[actor][at];
            if (!IsObserved(e)) { continue; }
            key.Add(e.Location >= 0 && _policy[e.Location] == HashedByMask ? (ulong)e.Result & MaskOf(e) : (ulong)e.Result);
        }
        key.Add((ulong)(s.HeldCount - s.HeldStart));
        for (int h = s.HeldStart; h < s.HeldCount; h++) { key.Add(HeldPart(_held[actor][h])); }
    }

    private ulong MaskOf(in LogEntry e) => _masks[e.Location] | ((e.Code & WideBit) != 0 ? (ulong)_masks[e.Location + 1] << 32 : 0);

    // The same entries that Observe takes into the hash.
    private bool IsObserved(in LogEntry e)
    {
        byte code = (byte)(e.Code & ~WideBit);
        if (code == ChooseCode) { return true; }
        if (e.Location < 0 || code is SpinCode or WakeCode || (code < SpinCode && IsStore((AccessKind)code))) { return false; }
        return _policy[e.Location] != NotHashed;
    }

    private void WriteBuffers(List<ulong> key)
    {
        for (int actor = 0; actor < _actors; actor++)
        {
            ref ActorState s = ref _states[actor];
            key.Add((ulong)(s.PendingTail - s.PendingHead));
            for (int i = s.PendingHead; i < s.PendingTail; i++)
            {
                PendingStore store = _pending![actor][i];
                key.Add((uint)store.Location);
                if (_policy[store.Location] == HashedByMask)
                {
                    key.Add((ulong)(store.Value & _masks[store.Location]));
                    key.Add((ulong)((store.Wide ? WideWord(store.Location) : (int)Word(store.Location)) - store.Value));
                }
                else { key.Add((ulong)store.Value); }
            }
        }
    }
}
