namespace DurableObjects.Functions.Tests.Simulations;

public interface ILedger
{
    Task<string> Act(Deed deed);

    Task Receive(string from, long run);

    Task<IReadOnlyList<LedgerRow>> Rows();
}

/// <summary>What a call does.</summary>
/// <param name="Tag">Tells calls apart.</param>
public sealed record Deed(string Tag)
{
    /// <summary>Ledgers to be signalled, by name.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    public bool Sends { get; init; }

    /// <summary>Milliseconds until the alarm.</summary>
    public int? Alarm { get; init; }

    public bool Fails { get; init; }

    public bool Hangs { get; init; }

    /// <summary>Whether it only looks: nothing is written.</summary>
    public bool Looks { get; init; }

    /// <summary>Bytes that it writes, of a kind that does not shrink.</summary>
    public int Bytes { get; init; }

    /// <summary>Characters of its answer.</summary>
    public int AnswerLength { get; init; }

    /// <summary>An automatic answer that it sets.</summary>
    public string? AutoResponse { get; init; }
}

/// <summary>One turn that was committed.</summary>
public sealed record LedgerRow(long Number, string Kind, string Tag, long Run, bool Sent, string Peers, long? Alarm);

/// <summary>Writes down every turn, and says in everything that leaves it which run of it that was.</summary>
[DurableObject("ledger")]
public sealed class Ledger(ObjectContext context, Witness witness) : DurableObject(context), ILedger
{
    protected override IReadOnlyList<string> Migrations =>
    [
        "CREATE TABLE entry(number INTEGER PRIMARY KEY, kind TEXT, tag TEXT, run INTEGER, sent INTEGER, peers TEXT, alarm INTEGER)",
    ];

    public async Task<string> Act(Deed deed)
    {
        ArgumentNullException.ThrowIfNull(deed);
        long run = witness.Next();
        string answer = $"{deed.Tag}:{run}:";
        if (deed.AnswerLength > 0)
        {
            answer += Noise.Text(run, deed.AnswerLength);
        }
        if (deed.Looks)
        {
            return answer;
        }
        long? alarm = deed.Alarm is { } delay ? Context.Now.ToUnixTimeMilliseconds() + delay : null;
        Write("call", deed.Tag, run, deed.Sends && Context.Sockets.Count > 0, string.Join(",", deed.Peers), alarm);
        if (deed.Bytes > 0)
        {
            Storage.Put("noise", Noise.Bytes(run, deed.Bytes));
        }
        foreach (string peer in deed.Peers)
        {
            Context.Objects.Signal<ILedger>(peer, ledger => ledger.Receive(Context.Name ?? "", run));
        }
        if (deed.Sends)
        {
            Context.Sockets.Send("news", run);
        }
        if (alarm is { } at)
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(at));
        }
        if (deed.AutoResponse is { } text)
        {
            Context.Sockets.SetAutoResponse("ping", text);
        }
        if (deed.Hangs)
        {
            await witness.Hang();
        }
        return deed.Fails ? throw new InvalidOperationException("It fails, as it was told to.") : answer;
    }

    public Task Receive(string from, long run)
    {
        Write("signal", from, run, false, "", null);
        return witness.Fails() ? throw new InvalidOperationException("The signal fails.") : Task.CompletedTask;
    }

    [ReadOnlyMethod]
    public Task<IReadOnlyList<LedgerRow>> Rows() => Task.FromResult<IReadOnlyList<LedgerRow>>(
        [.. Storage.Sql.Exec("SELECT number, kind, tag, run, sent, peers, alarm FROM entry ORDER BY number").As<LedgerRow>()]);

    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening) => ValueTask.CompletedTask;

    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        witness.Early += Context.Now < alarm.ScheduledFor ? 1 : 0;
        Write("alarm", "", witness.Next(), false, "", alarm.ScheduledFor.ToUnixTimeMilliseconds());
        return witness.Fails() ? throw new InvalidOperationException("The alarm fails.") : ValueTask.CompletedTask;
    }

    private void Write(string kind, string tag, long run, bool sent, string peers, long? alarm) => Storage.Sql.Exec(
        "INSERT INTO entry(kind, tag, run, sent, peers, alarm) VALUES (?, ?, ?, ?, ?, ?)", kind, tag, run, sent ? 1 : 0, peers, alarm);
}
