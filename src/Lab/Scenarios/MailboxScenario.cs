using MemCore.Engine;
using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>The mailbox of a CPU: work that is sent, taken once by one of its tasks, and acknowledged when it is done.</summary>
internal sealed class MailboxScenario : Scenario
{
    public override string Slug => "cpu-mailbox";

    public override string Question => "Is work that was sent taken exactly once, and a drain acknowledged only after it was done?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("send-take", "MB-1", "bits are added and taken by one instruction each: the mailbox is a set", () => new SendTake()),
        Clean("drain", "MB-2", "the ticket is read before the bits, and everything up to it is drained before it is acknowledged", () => new Drains()),

        Planted("taken-in-two-steps", "MB-1a", PlantedBug.MailTakenInTwoSteps, "what is sent between the load and the store is gone", [ViolationKind.NonLinearizable, ViolationKind.LostWake], () => new SendTake()),
        Planted("acknowledges-untaken", "MB-2a", PlantedBug.MailAcknowledgesUntaken, "a request that came during the drain is told that it is done", [ViolationKind.StaleEntry], () => new Drains()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build() };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    private abstract class MailMachine : StructureMachine
    {
        protected MailMachine()
        {
            Mail = new CpuMailbox(Arena, 1);
        }

        protected CpuMailbox Mail { get; }

        protected CpuId Cpu { get; }

        protected (StructureCall Call, Func<TaskId, long> Run) Send(CpuWork work) => Op("send", (int)work, _ =>
        {
            Mail.Send(Cpu, work);
            return 0;
        });
    }

    /// <summary>Two senders of two kinds, two tasks that take.</summary>
    private sealed class SendTake : MailMachine
    {
        public SendTake()
        {
            Add("sender", Send(CpuWork.Move), Send(CpuWork.Look));
            Add("sender too", Send(CpuWork.Look));
            Add("CPU", Take(), Take());
            Add("CPU too", Take());
        }

        public override void CheckQuiescence()
        {
            Judge(SequentialModel.Of<long, StructureCall>(0, (bits, call) => call.What == "send" ? (bits | (uint)call.Key, 0) : (0, bits)));
            long taken = AnswersAtRest("take").Aggregate(0L, (all, bits) => all | bits);
            CpuWork left = (CpuWork)BitConverter.ToInt32(Arena.BytesAtRest(Arena.Find("mail_wanted")!.OffsetBytes, sizeof(int)));
            Bug.If(((CpuWork)taken | left) != (CpuWork.Move | CpuWork.Look), ViolationKind.LostWake, "work that was sent was neither taken nor waits");
        }

        private (StructureCall Call, Func<TaskId, long> Run) Take() => Op("take", 0, _ => (long)Mail.Take(Cpu, out int ignored));
    }

    /// <summary>Two tasks park something, ask for a drain and look whether it is done; a task of the CPU drains what it finds.</summary>
    private sealed class Drains : MailMachine
    {
        private readonly Column<int> _parked; // per asker: 1 from before it asks until it is drained

        public Drains()
        {
            _parked = Arena.Add<int>("parked", 2, ColumnKind.State);
            Add("asker 0", Ask(0), Look(0));
            Add("asker 1", Ask(1), Look(1));
            Add("CPU", Serve(), Serve());
        }

        private (StructureCall Call, Func<TaskId, long> Run) Ask(int asker) => Op("park and ask", asker, _ =>
        {
            Atomic.Store(ref _parked[asker], 1);
            Mail.Send(Cpu, CpuWork.Drain);
            return 0;
        });

        private (StructureCall Call, Func<TaskId, long> Run) Look(int asker) => Op("look", asker, _ =>
        {
            if (!Mail.IsDrained(Cpu)) { return 0; }
            Bug.If(Atomic.Load(ref _parked[asker]) != 0, ViolationKind.StaleEntry, "a drain is acknowledged before it was done");
            return 1;
        });

        private (StructureCall Call, Func<TaskId, long> Run) Serve() => Op("serve", 0, _ =>
        {
            if ((Mail.Take(Cpu, out int ticket) & CpuWork.Drain) == 0) { return 0; }
            for (int i = 0; i < 2; i++) { Atomic.Store(ref _parked[i], 0); }
            Mail.AcknowledgeDrain(Cpu, ticket);
            return 1;
        });
    }
}
