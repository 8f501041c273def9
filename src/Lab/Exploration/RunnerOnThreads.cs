using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Runs each actor on an OS thread of its own, one at a time: the second runner, with a native stack for each actor.</summary>
/// <remarks>
/// Memory, waits, decisions and traces are those of <see cref="Runner"/>; only the way in which actors take turns is another one: a hand-over
/// instead of a nested call, and nothing is ever run again. So a schedule gives the same trace in both, and a debugger shows where every actor
/// stands. Several times slower. Runs begin at the initial state.
/// </remarks>
internal sealed class RunnerOnThreads : Runner, IDisposable
{
    private readonly int _controller;
    private readonly Baton _baton;
    private readonly Thread[] _threads;
    private readonly bool[] _midway; // in its program, and not yet out of it again
    private LabException? _failure;
    private bool _releasing;
    private bool _closing;

    public RunnerOnThreads(ExplorationModel model, IReadOnlyCollection<Omission>? without = null)
        : base(model, without)
    {
        _controller = ActorCount;
        _baton = new Baton(ActorCount + 1);
        _baton.Pass(_controller);
        _midway = new bool[ActorCount];
        _threads = [.. Enumerable.Range(0, ActorCount).Select(actor => new Thread(() => Serve(actor)) { IsBackground = true, Name = model.Actors[actor].Name })];
        foreach (Thread thread in _threads) { thread.Start(); }
    }

    /// <summary>Actors that were suspended when their run ended, and were taken off their stacks, in all runs.</summary>
    public long Released { get; private set; }

    /// <param name="decider">Who picks.</param>
    /// <param name="first">Negative: this runner cannot begin in the middle.</param>
    /// <param name="last">Of no meaning here.</param>
    public override RunEnd Run(IDecider decider, int first, int last = -1)
    {
        if (first >= 0) { throw new ArgumentException("on threads a run begins at the initial state", nameof(first)); }
        SeamHost? before = Seam.Host;
        Seam.Host = this;
        try
        {
            Reset();
            BeginRun(decider);
            int next = Decide(-1);
            if (next >= 0) { LetRun(next); }
            ReleaseSuspended();
        }
        finally
        {
            Seam.Host = before;
        }
        LabException? failure = _failure;
        _failure = null;
        return failure is null ? End : throw new LabException(failure.Message, failure);
    }

    public void Dispose()
    {
        _closing = true;
        for (int actor = 0; actor < ActorCount; actor++)
        {
            _baton.Pass(actor);
            _threads[actor].Join();
        }
        _baton.Dispose();
    }

    private protected override void Switch(int me, int next)
    {
        if (next < 0) { Unwind(); }
        if (next != me)
        {
            _baton.Pass(next);
            _baton.Await(me);
            if (_releasing) { Unwind(); }
        }
        Resume(me);
    }

    private void Serve(int actor)
    {
        while (true)
        {
            _baton.Await(actor);
            if (_closing) { return; }
            int next = -1;
            _midway[actor] = true;
            try
            {
                next = RunProgram(actor);
            }
            catch (LabException e)
            {
                // The first one is the cause; what others say while they are released follows from it.
                _failure ??= e;
            }
            _midway[actor] = false;
            _baton.Pass(next >= 0 ? next : _controller);
        }
    }

    // Each exactly once, one after the other: who has left its program is not midway any more.
    private void ReleaseSuspended()
    {
        _releasing = true;
        for (int actor = 0; actor < ActorCount; actor++)
        {
            if (!_midway[actor]) { continue; }
            Released++;
            LetRun(actor);
        }
        _releasing = false;
    }

    private void LetRun(int actor)
    {
        _baton.Pass(actor);
        _baton.Await(_controller);
    }
}
