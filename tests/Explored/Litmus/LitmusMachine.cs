namespace MemCore.Tests.Litmus;

/// <summary>The definition, tried out in full: memory, and with buffers one queue for each task. Knows nothing of the explorer.</summary>
internal sealed class LitmusMachine
{
    private readonly LitmusProgram _program;
    private readonly bool _buffers;
    private readonly HashSet<string> _outcomes = [];
    private readonly HashSet<string> _seen = [];

    private LitmusMachine(LitmusProgram program, bool buffers)
    {
        _program = program;
        _buffers = buffers;
    }

    public static IReadOnlySet<string> Outcomes(LitmusProgram program, bool buffers)
    {
        LitmusMachine machine = new(program, buffers);
        int tasks = program.Threads.Length;
        machine.Go(new State(new int[LitmusProgram.Words], new int[LitmusProgram.Registers], new int[tasks], [.. Enumerable.Range(0, tasks).Select(_ => Array.Empty<(int, int)>())]));
        return machine._outcomes;
    }

    private void Go(State state)
    {
        if (!_seen.Add(state.ToString())) { return; }
        bool any = false;
        for (int task = 0; task < state.Next.Length; task++)
        {
            if (state.Buffers[task].Length > 0)
            {
                any = true;
                Go(state.Flushed(task));
            }
            if (state.Next[task] == _program.Threads[task].Length) { continue; }
            any = true;
            LitmusStep step = _program.Threads[task][state.Next[task]];

            // A step that needs an empty buffer waits until flushes have emptied it.
            if (step.Kind is LitmusKind.Fence or LitmusKind.Exchange && state.Buffers[task].Length > 0) { continue; }
            if (step.Kind is LitmusKind.FenceAll && state.Buffers.Any(b => b.Length > 0)) { continue; }
            Go(Performed(state, task, step));
        }
        if (!any) { _outcomes.Add(_program.Describe(r => state.Registers[r], w => state.Memory[w])); }
    }

    private State Performed(State state, int task, LitmusStep step)
    {
        State after = state.Copy();
        after.Next[task]++;
        switch (step.Kind)
        {
            case LitmusKind.Load or LitmusKind.PlainLoad:
                after.Registers[step.Register] = Read(state, task, step.Word);
                break;
            case LitmusKind.Exchange:
                after.Registers[step.Register] = state.Memory[step.Word];
                after.Memory[step.Word] = step.Value;
                break;
            case LitmusKind.Store or LitmusKind.PlainStore when _buffers:
                after.Buffers[task] = [.. state.Buffers[task], (step.Word, step.Value)];
                break;
            case LitmusKind.Store or LitmusKind.PlainStore:
                after.Memory[step.Word] = step.Value;
                break;
        }
        return after;
    }

    private static int Read(State state, int task, int word)
    {
        int own = Array.FindLastIndex(state.Buffers[task], store => store.Word == word);
        return own >= 0 ? state.Buffers[task][own].Value : state.Memory[word];
    }

    private sealed record State(int[] Memory, int[] Registers, int[] Next, (int Word, int Value)[][] Buffers)
    {
        public State Copy() => new([.. Memory], [.. Registers], [.. Next], [.. Buffers]);

        public State Flushed(int task)
        {
            State after = Copy();
            (int word, int value) = Buffers[task][0];
            after.Memory[word] = value;
            after.Buffers[task] = Buffers[task][1..];
            return after;
        }

        public override string ToString() =>
            $"{string.Join(',', Memory)} {string.Join(',', Registers)} {string.Join(',', Next)} {string.Join('|', Buffers.Select(b => string.Join(',', b)))}";
    }
}
