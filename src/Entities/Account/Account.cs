namespace DurableObjects.Entities;

/// <summary>
/// A ledger of accounts in decimal money, kept as events: money was deposited, withdrawn, sent, received. An account's balance is what its
/// events come to, a transfer is two events that cancel out, and what fails leaves none: a turn is a transaction, so nothing here undoes
/// anything.
/// </summary>
/// <remarks>
/// Each account is a stream of its own, so a ledger may have any number of them. Balances and statements are read from a projection.
/// </remarks>
[DurableObject("account")]
public sealed class Account(ObjectContext context) : EventSourcedObject<AccountState, AccountEvent>(context), IAccount
{
    /// <summary>
    /// The largest amount and the largest balance: fifteen digits, which every JSON reader that takes numbers for doubles still
    /// reads exactly (IEEE 754).
    /// </summary>
    public const decimal MaxAmount = 99_999_999_999.9999m;

    /// <summary>Decimals of an amount: as many as the currency with most has (ISO 4217: 4).</summary>
    public const int Decimals = 4;

    /// <summary>Characters (UTF-16) of an account's name.</summary>
    public const int NameCharacters = 128;

    /// <summary>Entries of one page of a statement.</summary>
    public const int StatementEntries = 1_000;

    /// <summary>The error code of taking more than there is.</summary>
    public const string InsufficientFunds = "insufficient-funds";

    /// <summary>The error code of a balance that would exceed <see cref="MaxAmount"/>.</summary>
    public const string BalanceLimit = "balance-limit";

    /// <summary>Money is projected as whole units of 10^-4, so that SQL adds it up exactly.</summary>
    private const long UnitsPerOne = 10_000;

    private const string Entries = "entry";

    /// <summary>Entries of one step in which an old ledger's become events: each is two rows and as many index entries.</summary>
    private const int ImportedEntries = 5_000;

    /// <summary>Units, of a column, as a decimal number in JSON.</summary>
    private const string NumberSql = "json(rtrim(rtrim(printf('%d.%04d', abs({0}) / 10000, abs({0}) % 10000), '0'), '.'))";

    private static readonly string ImportSql =
        $"""
        INSERT INTO event(position, stream, type, version, at, data)
        SELECT id, account,
            CASE kind WHEN 'Deposit' THEN 'deposited' WHEN 'Withdrawal' THEN 'withdrawn'
                WHEN 'TransferOut' THEN 'sent' ELSE 'received' END,
            1, at,
            CASE kind WHEN 'TransferOut' THEN json_object('to', counterparty, 'amount', {Number("amount")})
                WHEN 'TransferIn' THEN json_object('from', counterparty, 'amount', {Number("amount")})
                ELSE json_object('amount', {Number("amount")}) END
        FROM entry WHERE id < ? ORDER BY id DESC LIMIT ?
        """;

    private static readonly EventTypes<AccountEvent> AllTypes = new EventTypes<AccountEvent>()
        .Add<MoneyDeposited>("deposited").Add<MoneyWithdrawn>("withdrawn").Add<MoneySent>("sent").Add<MoneyReceived>("received");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        // From before the ledger was kept as events, when these rows were all there was. They are the projection's first generation now.
        """
        CREATE TABLE entry(
            id INTEGER PRIMARY KEY, account TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
            amount INTEGER NOT NULL, balance INTEGER NOT NULL CHECK (balance >= 0), counterparty TEXT);
        CREATE INDEX entry_by_account ON entry(account, id);
        """,
        .. base.Migrations,
        // The rows of then become events. Only the newest now, so that the next gets the next id; the others in steps by alarm, since there
        // may be more of them than a turn can write. A snapshot for each account has commands decide rightly meanwhile.
        $"""
        INSERT INTO snapshot(stream, position, version, state)
        SELECT account, max(id), 1, json_object('balance', {Number("balance")}) FROM entry GROUP BY account;
        {ImportSql.Replace("id < ? ORDER BY id DESC LIMIT ?", "id = (SELECT max(id) FROM entry)", StringComparison.Ordinal)};
        """,
    ];

    /// <inheritdoc/>
    protected override EventTypes<AccountEvent> Types => AllTypes;

    /// <inheritdoc/>
    protected override AccountState Initial { get; } = new(0);

    /// <summary>
    /// A balance is a small state, and a refusal costs the instance its memory: the next turn folds so many events at most.
    /// </summary>
    protected override int SnapshotEvery => 20;

    /// <inheritdoc/>
    protected override IReadOnlyList<Projection> Projections =>
    [
        new(Entries,
            """
            CREATE TABLE IF NOT EXISTS {table}(
                id INTEGER PRIMARY KEY, account TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
                amount INTEGER NOT NULL, balance INTEGER NOT NULL CHECK (balance >= 0), counterparty TEXT);
            CREATE INDEX IF NOT EXISTS {table}_by_account ON {table}(account, id)
            """),
    ];

    /// <inheritdoc/>
    public Task<AccountEntry> Deposit(string account, decimal amount)
    {
        Argument.Text(account, "account", NameCharacters);
        return Task.FromResult(Book(account, new MoneyDeposited(Checked(amount))));
    }

    /// <inheritdoc/>
    public Task<AccountEntry> Withdraw(string account, decimal amount)
    {
        Argument.Text(account, "account", NameCharacters);
        return Task.FromResult(Book(account, new MoneyWithdrawn(Checked(amount))));
    }

    /// <inheritdoc/>
    public Task<AccountTransfer> Transfer(string from, string to, decimal amount)
    {
        Argument.Text(from, "from", NameCharacters);
        Argument.Text(to, "to", NameCharacters);
        if (from == to)
        {
            throw Argument.Invalid($"'from' and 'to' are both '{from}'; a transfer needs two accounts.");
        }
        decimal money = Checked(amount);
        return Task.FromResult(new AccountTransfer(Book(from, new MoneySent(money, to)), Book(to, new MoneyReceived(money, from))));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<decimal> Balance(string account)
    {
        Argument.Text(account, "account", NameCharacters);
        SqlRow? newest = Storage.Sql.Exec(
            $"SELECT balance FROM {Table(Entries)} WHERE account = ? ORDER BY id DESC LIMIT 1", account).FirstOrDefault();
        return Task.FromResult(Money(newest?.Get<long>(0) ?? 0));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<AccountEntry>> Statement(string account, int limit = 100, long? before = null)
    {
        Argument.Text(account, "account", NameCharacters);
        Argument.Within(limit, "limit", 1, StatementEntries);
        string entry = Table(Entries);
        IEnumerable<EntryRow> rows = Storage.Sql.Exec(
            $"SELECT * FROM (SELECT * FROM {entry} WHERE account = ? AND id < ? ORDER BY id DESC LIMIT ?) ORDER BY id",
            account, before ?? long.MaxValue, limit).As<EntryRow>();
        return Task.FromResult<IReadOnlyList<AccountEntry>>([.. rows.Select(row => row.ToEntry())]);
    }

    /// <inheritdoc/>
    protected override AccountState Apply(AccountState state, AccountEvent @event)
    {
        ArgumentNullException.ThrowIfNull(state);
        // In units, and so without zeros at the end: 10.4999 + 0.0001 is 10.5, not 10.5000.
        return new(Money((long)((state.Balance + Entry(@event).Change) * UnitsPerOne)));
    }

    /// <inheritdoc/>
    protected override void Project(RecordedEvent<AccountEvent> recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        (AccountEntryKind kind, decimal change, string? counterparty) = Entry(recorded.Event);
        string entry = Table(Entries);
        Storage.Sql.Exec(
            $"""
            INSERT INTO {entry}(id, account, at, kind, amount, balance, counterparty) SELECT ?1, ?2, ?3, ?4, ?5,
                ?5 + coalesce((SELECT balance FROM {entry} WHERE account = ?2 ORDER BY id DESC LIMIT 1), 0), ?6
            """, recorded.Position, recorded.Stream, recorded.At, kind, (long)(change * UnitsPerOne), counterparty);
    }

    /// <inheritdoc/>
    protected override void Import(long before) => Storage.Sql.Exec(ImportSql, before, ImportedEntries);

    private static string Number(string column) => NumberSql.Replace("{0}", column, StringComparison.Ordinal);

    private static decimal Money(long units) => (decimal)units / UnitsPerOne;

    private static decimal Checked(decimal amount)
    {
        if (amount is <= 0 or > MaxAmount)
        {
            throw Argument.Invalid($"'amount' is {amount}; it must be above 0 and at most {MaxAmount}.");
        }
        decimal units = amount * UnitsPerOne;
        return units == decimal.Truncate(units)
            ? Money((long)units)
            : throw Argument.Invalid($"'amount' is {amount}; it may have {Decimals} decimals at most.");
    }

    /// <summary>How an event stands in a statement.</summary>
    private static (AccountEntryKind Kind, decimal Change, string? Counterparty) Entry(AccountEvent @event) => @event switch
    {
        MoneyDeposited => (AccountEntryKind.Deposit, @event.Amount, null),
        MoneyWithdrawn => (AccountEntryKind.Withdrawal, -@event.Amount, null),
        MoneySent sent => (AccountEntryKind.TransferOut, -sent.Amount, sent.To),
        MoneyReceived received => (AccountEntryKind.TransferIn, received.Amount, received.From),
        _ => throw new InvalidOperationException($"{@event.GetType()} is no event of an account."),
    };

    private AccountEntry Book(string account, AccountEvent @event)
    {
        (AccountEntryKind kind, decimal change, string? counterparty) = Entry(@event);
        decimal before = StateOf(account).Balance;
        if (before + change < 0)
        {
            throw new DurableObjectException(
                409, InsufficientFunds, $"The account '{account}' holds {before}, which is less than {-change}.");
        }
        if (before + change > MaxAmount)
        {
            throw new DurableObjectException(
                409, BalanceLimit,
                $"The account '{account}' holds {before}; {change} more would exceed the limit of {MaxAmount}.");
        }
        RecordedEvent<AccountEvent> recorded = Append(@event, account);
        return new AccountEntry(recorded.Position, recorded.At, kind, change, StateOf(account).Balance, counterparty);
    }

    private sealed record EntryRow(
        long Id, DateTimeOffset At, AccountEntryKind Kind, long Amount, long Balance, string? Counterparty)
    {
        public AccountEntry ToEntry() => new(Id, At, Kind, Money(Amount), Money(Balance), Counterparty);
    }
}
