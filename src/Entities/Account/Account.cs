namespace DurableObjects.Entities;

/// <summary>
/// A ledger of accounts in decimal money. Every change of a balance is an entry, a transfer is two that cancel out, and what
/// fails leaves none: a turn is a transaction, so nothing here undoes anything.
/// </summary>
[DurableObject("account")]
public sealed class Account(ObjectContext context) : DurableObject(context), IAccount
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

    /// <summary>Money is stored as whole units of 10^-4, so that SQL adds it up exactly.</summary>
    private const long UnitsPerOne = 10_000;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE entry(
            id INTEGER PRIMARY KEY, account TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
            amount INTEGER NOT NULL, balance INTEGER NOT NULL CHECK (balance >= 0), counterparty TEXT);
        CREATE INDEX entry_by_account ON entry(account, id);
        """,
    ];

    /// <inheritdoc/>
    public Task<AccountEntry> Deposit(string account, decimal amount)
    {
        Argument.Text(account, "account", NameCharacters);
        return Task.FromResult(Book(account, AccountEntryKind.Deposit, Units(amount), null));
    }

    /// <inheritdoc/>
    public Task<AccountEntry> Withdraw(string account, decimal amount)
    {
        Argument.Text(account, "account", NameCharacters);
        return Task.FromResult(Book(account, AccountEntryKind.Withdrawal, -Units(amount), null));
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
        long units = Units(amount);
        return Task.FromResult(new AccountTransfer(
            Book(from, AccountEntryKind.TransferOut, -units, to),
            Book(to, AccountEntryKind.TransferIn, units, from)));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<decimal> Balance(string account)
    {
        Argument.Text(account, "account", NameCharacters);
        return Task.FromResult(Money(BalanceUnits(account)));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<AccountEntry>> Statement(string account, int limit = 100, long? before = null)
    {
        Argument.Text(account, "account", NameCharacters);
        Argument.Within(limit, "limit", 1, StatementEntries);
        IEnumerable<EntryRow> rows = Storage.Sql.Exec(
            "SELECT * FROM (SELECT * FROM entry WHERE account = ? AND id < ? ORDER BY id DESC LIMIT ?) ORDER BY id",
            account, before ?? long.MaxValue, limit).As<EntryRow>();
        return Task.FromResult<IReadOnlyList<AccountEntry>>([.. rows.Select(row => row.ToEntry())]);
    }

    private static decimal Money(long units) => (decimal)units / UnitsPerOne;

    private static long Units(decimal amount)
    {
        if (amount is <= 0 or > MaxAmount)
        {
            throw Argument.Invalid($"'amount' is {amount}; it must be above 0 and at most {MaxAmount}.");
        }
        decimal units = amount * UnitsPerOne;
        return units == decimal.Truncate(units)
            ? (long)units
            : throw Argument.Invalid($"'amount' is {amount}; it may have {Decimals} decimals at most.");
    }

    private AccountEntry Book(string account, AccountEntryKind kind, long units, string? counterparty)
    {
        long before = BalanceUnits(account);
        long after = before + units;
        if (after < 0)
        {
            throw new DurableObjectException(
                409, InsufficientFunds, $"The account '{account}' holds {Money(before)}, which is less than {Money(-units)}.");
        }
        if (after > MaxAmount * UnitsPerOne)
        {
            throw new DurableObjectException(
                409, BalanceLimit,
                $"The account '{account}' holds {Money(before)}; {Money(units)} more would exceed the limit of {MaxAmount}.");
        }
        return Storage.Sql.Exec(
            "INSERT INTO entry(account, at, kind, amount, balance, counterparty) VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
            account, Context.Now, kind, units, after, counterparty).As<EntryRow>().Single().ToEntry();
    }

    private long BalanceUnits(string account) =>
        Storage.Sql.Exec("SELECT balance FROM entry WHERE account = ? ORDER BY id DESC LIMIT 1", account)
            .FirstOrDefault()?.Get<long>(0) ?? 0;

    private sealed record EntryRow(
        long Id, DateTimeOffset At, AccountEntryKind Kind, long Amount, long Balance, string? Counterparty)
    {
        public AccountEntry ToEntry() => new(Id, At, Kind, Money(Amount), Money(Balance), Counterparty);
    }
}
