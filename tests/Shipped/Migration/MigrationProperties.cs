using System.Globalization;
using CsCheck;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Migration;

/// <summary>Whatever processes do between migrations, each reads what a model without frames says it reads.</summary>
public sealed class MigrationProperties
{
    private const int PagesPerMm = 6;
    private const int MmsMax = 5;

    private enum Kind
    {
        Write,
        Read,
        Fork,
        Discard,
        Pin,
        Unpin,
        Migrate,
        Putback,
        Exit,
    }

    [Fact]
    public void ContentsFollowEveryPage()
    {
        Gen<(Kind Kind, int Mm, int Page, int Extra)> step =
            Gen.Select(Gen.Int[0, 19], Gen.Int[0, MmsMax - 1], Gen.Int[0, PagesPerMm - 1], Gen.Int[0, 63], (kind, mm, page, extra) => (KindOf(kind), mm, page, extra));
        step.Array[1, 60].Sample(
            steps =>
            {
                Run(steps);
                return true;
            },
            print: steps => string.Join(' ', steps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Kind}({s.Mm},{s.Page},{s.Extra})"))), iter: 400, threads: 1);
    }

    private static Kind KindOf(int drawn) => drawn switch
    {
        < 5 => Kind.Write,
        < 7 => Kind.Read,
        < 9 => Kind.Fork,
        9 => Kind.Discard,
        10 => Kind.Pin,
        11 => Kind.Unpin,
        < 18 => Kind.Migrate,
        18 => Kind.Putback,
        _ => Kind.Exit,
    };

    private static void Run((Kind Kind, int Mm, int Page, int Extra)[] steps)
    {
        MigrationPolicy policy = steps.Length % 3 == 0 ? new MigrationPolicy { MoveRetry = MoveRetry.RollBack, Flush = MigrationFlush.Immediate } : new MigrationPolicy();
        using MigrationRig rig = new(policy);
        Model model = new(rig);
        uint version = 1;
        foreach ((Kind kind, int mm, int page, int extra) in steps)
        {
            switch (kind)
            {
                case Kind.Write: model.Write(mm, page, version++); break;
                case Kind.Read: model.Read(mm, page); break;
                case Kind.Fork: model.Fork(mm); break;
                case Kind.Discard: model.Discard(mm, page); break;
                case Kind.Pin: model.Pin(mm, page); break;
                case Kind.Unpin: model.Unpin(); break;
                case Kind.Migrate: model.Migrate(extra); break;
                case Kind.Putback: rig.Putback(); break;
                default: model.Exit(mm); break;
            }
        }
        model.End();
    }

    private sealed class Model(MigrationRig rig)
    {
        private readonly List<(MmId Mm, PageSignature?[] Pages)> _mms = [(rig.NewMm(PagesPerMm), new PageSignature?[PagesPerMm])];
        private readonly List<Pfn> _pins = [];

        public void Write(int which, int page, uint version)
        {
            (MmId mm, PageSignature?[] pages) = _mms[which % _mms.Count];
            pages[page] = rig.Write(mm, page, version);
        }

        public void Read(int which, int page)
        {
            (MmId mm, PageSignature?[] pages) = _mms[which % _mms.Count];
            pages[page] ??= new PageSignature((uint)mm.Value, 0, page);
            Assert.Equal(pages[page], rig.Read(mm, page));
        }

        public void Fork(int which)
        {
            if (_mms.Count == MmsMax) { return; }
            (MmId mm, PageSignature?[] pages) = _mms[which % _mms.Count];
            MmId child = rig.Machine.Mms.Fork(MigrationRig.Me, mm);
            Assert.False(child.IsNone);
            _mms.Add((child, [.. pages]));
        }

        public void Discard(int which, int page)
        {
            (MmId mm, PageSignature?[] pages) = _mms[which % _mms.Count];
            rig.Machine.Mms.Discard(MigrationRig.Me, mm, page, 1);
            pages[page] = null;
        }

        public void Pin(int which, int page)
        {
            (MmId mm, PageSignature?[] pages) = _mms[which % _mms.Count];
            pages[page] ??= new PageSignature((uint)mm.Value, 0, page);
            Pfn pinned = rig.Machine.Pins.TryPin(MigrationRig.Me, mm, page, write: true);
            Assert.Equal(rig.PfnOf(mm, page), pinned);
            _pins.Add(pinned);
        }

        public void Unpin()
        {
            if (_pins.Count == 0) { return; }
            rig.Machine.Pins.Unpin(MigrationRig.Me, _pins[^1]);
            _pins.RemoveAt(_pins.Count - 1);
        }

        // Some of all pages that are mapped anywhere, in a mode that the draw decides; a pinned one must not move.
        public void Migrate(int extra)
        {
            rig.Machine.Drain.DrainLocal(MigrationRig.Me);
            int i = 0;
            foreach ((MmId mm, _) in _mms)
            {
                for (int page = 0; page < PagesPerMm; page++)
                {
                    Pte pte = rig.PteOf(mm, page);
                    if (pte.IsPresent && ((extra >> (i++ % 6)) & 1) != 0) { rig.Machine.Migrator.TryIsolate(MigrationRig.Me, pte.Pfn, rig.List(MigrationRig.Me)); }
                }
            }
            int listed = rig.List(MigrationRig.Me).Count;
            MigrateResult result = rig.Migrate((MigrateMode)(extra % 3));
            Assert.Equal(listed, result.Succeeded + result.Failed);
            Assert.Equal(result.Failed, rig.List(MigrationRig.Me).Count);
            if (_pins.Count == 0) { Assert.Equal(0, result.Failed); }
            foreach (Pfn pin in _pins) { Assert.True(rig.RefsOf(pin) >= Pins.Bias); }
        }

        public void Exit(int which)
        {
            if (_mms.Count == 1) { return; }
            rig.Machine.Mms.Exit(MigrationRig.Me, _mms[which % _mms.Count].Mm);
            _mms.RemoveAt(which % _mms.Count);
        }

        public void End()
        {
            for (int which = 0; which < _mms.Count; which++)
            {
                for (int page = 0; page < PagesPerMm; page++) { Read(which, page); }
            }
            rig.Putback();
            while (_pins.Count > 0) { Unpin(); }
            foreach ((MmId mm, _) in _mms) { rig.Machine.Mms.Exit(MigrationRig.Me, mm); }
            rig.AssertAllFree();
        }
    }
}
