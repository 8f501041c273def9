using CsCheck;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

/// <summary>Processes against a dictionary of pages each.</summary>
public sealed class MmsProperties : IDisposable
{
    private const int Pages = 40;
    private static readonly TaskId s_task = new(0);

    private readonly ProcessRig _rig = new(frames: 2048);

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void MemoriesHoldWhatADictionaryHoldsWhateverIsMappedUnmappedAndForked()
    {
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, Pages - 1], Gen.Int[1, 15], Gen.Int[0, 3]).List[0, 60].Sample(steps =>
        {
            List<(MmId Mm, Dictionary<long, uint> Model)> family = [(_rig.NewMm(), [])];
            uint version = 0;
            bool same = true;
            foreach ((int what, int start, int length, int who) in steps)
            {
                (MmId mm, Dictionary<long, uint> model) = family[who % family.Count];
                int end = Math.Min(start + length, Pages);
                switch (what)
                {
                    case 0 or 1:
                        bool free = Enumerable.Range(start, end - start).All(page => !model.ContainsKey(page));
                        same &= free != _rig.Mms.Map(s_task, mm, start, end - start, VmaFlags.Write).IsNone;
                        for (long page = start; free && page < end; page++) { model[page] = 0; }
                        break;
                    case 2:
                        _rig.Mms.Unmap(s_task, mm, start, end - start);
                        for (long page = start; page < end; page++) { model.Remove(page); }
                        break;
                    case 3:
                        _rig.Mms.Discard(s_task, mm, start, end - start);
                        for (long page = start; page < end; page++) { if (model.ContainsKey(page)) { model[page] = 0; } }
                        break;
                    case 4 when family.Count < 4:
                        family.Add((_rig.Mms.Fork(s_task, mm), new Dictionary<long, uint>(model)));
                        break;
                    case 5 when family.Count > 1:
                        _rig.Mms.Exit(s_task, mm);
                        family.RemoveAt(who % family.Count);
                        break;
                    case 6 or 7:
                        FaultResult write = _rig.Memories.TryWrite(s_task, mm, start, new PageSignature(1, ++version, start));
                        same &= write == (model.ContainsKey(start) ? FaultResult.Done : FaultResult.Refused);
                        if (write == FaultResult.Done) { model[start] = version; }
                        break;
                    default:
                        FaultResult read = _rig.Memories.TryRead(s_task, mm, start, out PageSignature found, out bool intact);
                        same &= model.TryGetValue(start, out uint expected)
                            ? read == FaultResult.Done && intact && found.Version == expected && found.VirtualPage == start
                            : read == FaultResult.Refused;
                        break;
                }
            }
            _rig.AssertConsistent();
            foreach ((MmId mm, Dictionary<long, uint> model) in family)
            {
                foreach ((long page, uint expected) in model) { same &= _rig.Read(mm, page).Version == expected; }
                _rig.Mms.Exit(s_task, mm);
            }
            _rig.AssertEmpty();
            return same;
        }, iter: 150, threads: 1);
    }
}
