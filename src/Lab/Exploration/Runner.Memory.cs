using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>The arena under the runner: words by location, the hash kept up to date, and a trail that undoes.</content>
internal unsafe partial class Runner
{
    private const byte HashedInFull = 0;
    private const byte HashedByMask = 1;
    private const byte NotHashed = 2;

    private uint* _words;
    private int _wordCount;
    private byte[] _policy = null!;
    private uint[] _masks = null!;
    private bool[] _watched = null!;
    private bool _hasStepCheck;
    private StateHash _arenaHash;
    private (int Location, uint Before)[] _trail = new (int, uint)[256];
    private int _trailCount;
    private bool _needsKeys = true;

    /// <summary>The incremental hash of all hashed words.</summary>
    public StateHash ArenaHash => _arenaHash;

    public int TrailCount => _trailCount;

    /// <summary>False: the search compares no states, and hashes of memory and observations are not kept. To change it is to reset.</summary>
    public bool NeedsKeys
    {
        get => _needsKeys;
        set
        {
            Reset(); // still in the old way: back at the initial state the hash is that of the initial state again
            _needsKeys = value;
        }
    }

    /// <summary>Takes back every write since the trail was this long.</summary>
    public void UndoTo(int count)
    {
        while (_trailCount > count)
        {
            (int location, uint before) = _trail[--_trailCount];
            if (location < 0)
            {
                _races!.Restore(~location, before);
                continue;
            }
            if (_needsKeys) { Rehash(location, _words[location], before); }
            _words[location] = before;
        }
    }

    /// <summary>The identity of the state: hashed words, and of each actor its operation, its observations, its wait, its held values.</summary>
    public StateHash Key(int current)
    {
        StateHash key = _arenaHash;
        key.Chain((ulong)(current + 1));
        for (int i = 0; i < _actors; i++)
        {
            ref ActorState s = ref _states[i];
            if (s.PartIsStale) { Renew(ref s); }
            key.Chain(s.Part.Low);
            key.High += s.Part.High;

            for (int h = s.HeldStart; h < s.HeldCount; h++) { key.Chain(HeldPart(_held[i][h])); }
        }
        if (_pending is not null) { ChainBuffers(ref key); }
        if (_races is not null)
        {
            key.Chain(_races.Hash.Low);
            key.Chain(_races.Hash.High);
        }
        return key;
    }

    // Whether a canonical word still is what an actor saw, not how far it has moved on: it is monotone and compared for being the same, so
    // what was overtaken stays overtaken. By the distance a sleeper would see a new state each time that others come round.
    private ulong HeldPart((int Location, uint Seen) held) => ((ulong)(uint)held.Location << 32) | (_words[held.Location] == held.Seen ? 0u : 1u);

    private static void Renew(ref ActorState s)
    {
        StateHash part = s.Observed;
        part.Chain(((ulong)(uint)s.Operation << 40) | ((ulong)(s.LogCount - s.LogStart - s.Folded) << 8) | ((ulong)s.Wait << 1) | (s.Done ? 1u : 0u));
        if (s.Wait != WaitKind.None) { part.Chain(((ulong)(uint)s.WaitLocation << 32) | (uint)s.WaitSeen); }
        s.Part = part;
        s.PartIsStale = false;
    }

    // What a check would write no backtrack takes back.
    private long AccessAtRest(AccessKind kind, int location, bool wide)
    {
        if (kind is not (AccessKind.Load or AccessKind.PlainLoad)) { Diverged("a check writes: states after it are not what they seem"); }
        if (_learnsChecks) { Watch(location, wide ? 2 : 1); }
        return wide ? WideWord(location) : (int)Word(location);
    }

    // A check has looked at the word: when it changes, the check is made again.
    private void Watch(int location, int words)
    {
        for (int w = 0; w < words; w++) { _watched[location + w] = true; }
    }

    public string DescribeLocation(int location) => location < 0 ? string.Empty : _model.Arena.Describe((nint)(_words + location));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Word(int location) => _words[location];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long WideWord(int location) => *(long*)(_words + location);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Locate(ref byte word)
    {
        long offset = (byte*)Unsafe.AsPointer(ref word) - (byte*)_words;
        int location = (int)(offset >> 2);
        if ((ulong)offset >= (ulong)_wordCount << 2) { Diverged("an access outside the arena: shared words live in columns"); }
        return location;
    }

    private void Write(int location, uint value)
    {
        uint before = _words[location];
        if (_trailCount == _trail.Length) { Array.Resize(ref _trail, _trail.Length * 2); }
        _trail[_trailCount++] = (location, before);
        if (_needsKeys) { Rehash(location, before, value); }
        _words[location] = value;
        _dirty |= _watched[location];
    }

    private void Rehash(int location, uint before, uint after)
    {
        byte policy = _policy[location];
        if (policy == NotHashed) { return; }
        if (policy == HashedByMask)
        {
            before &= _masks[location];
            after &= _masks[location];
            if (before == after) { return; }
        }
        _arenaHash.Remove(location, before);
        _arenaHash.Add(location, after);
    }

    private void Observe(int me, int location, AccessKind kind, uint low, uint high, bool wide = false)
    {
        if (!_needsKeys) { return; }
        ref ActorState s = ref _states[me];
        if (location >= 0)
        {
            if (kind is AccessKind.Store or AccessKind.PlainStore) { return; }
            if (_policy[location] == HashedByMask)
            {
                Hold(me, ref s, location, low);
                ulong counted = low & _masks[location];
                if (wide)
                {
                    // A tag may be in the upper half alone: that one is held too.
                    Hold(me, ref s, location + 1, high);
                    counted |= (ulong)(high & _masks[location + 1]) << 32;
                }
                s.Observed.Chain(counted);
                return;
            }
            if (_policy[location] == NotHashed) { return; }
        }
        s.Observed.Chain(low | ((ulong)high << 32));
    }

    private void Hold(int me, ref ActorState s, int location, uint seen)
    {
        (int Location, uint Seen)[] held = _held[me];
        for (int h = s.HeldStart; h < s.HeldCount; h++)
        {
            if (held[h] == (location, seen)) { return; }
        }
        if (s.HeldCount == held.Length)
        {
            Array.Resize(ref held, held.Length * 2);
            _held[me] = held;
        }
        held[s.HeldCount++] = (location, seen);
    }

    private void AttachMemory(Arena arena)
    {
        _words = (uint*)arena.Base;
        _wordCount = arena.WordCount;
        _policy = new byte[_wordCount];
        _masks = new uint[_wordCount];
        Array.Fill(_policy, NotHashed);
        foreach (ColumnInfo column in arena.Columns)
        {
            int words = column.ElementBytes / sizeof(int);
            for (int i = 0; i < column.Count; i++)
            {
                int location = (int)((column.OffsetBytes + ((long)i * column.StrideBytes)) / sizeof(int));
                for (int w = 0; w < words; w++)
                {
                    _policy[location + w] = column.Kind switch
                    {
                        ColumnKind.State => HashedInFull,
                        ColumnKind.Canonical => HashedByMask,
                        _ => NotHashed,
                    };
                    _masks[location + w] = (uint)(column.CanonicalMask >> (32 * w));
                }
            }
        }
        _arenaHash = arena.Hash();
        _watched = new bool[_wordCount];
        _hasStepCheck = _model.GetType().GetMethod(nameof(ExplorationModel.CheckStep))!.DeclaringType != typeof(ExplorationModel);
        _checksAreTracked = _model.StepCheckColumns is not null;
        Array.Fill(_watched, !_checksAreTracked);
        foreach (string name in _model.StepCheckColumns ?? [])
        {
            ColumnInfo column = arena.Find(name) ?? throw new ArgumentException($"there is no column '{name}' to check");
            Watch((int)(column.OffsetBytes / sizeof(int)), (int)(column.SizeBytes / sizeof(int)));
        }
    }
}
