using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class AccountEventsTests : IAsyncLifetime
{
    private readonly TestHost _old = TestHost.Of(typeof(OldAccount));
    private readonly TestHost _host = TestHost.Of(typeof(Account));

    private IAccount Ledger => _host.Objects.Get<IAccount>("shop", Caller.Of("eve", Caller.Administrator));

    private ObjectAddress Address => _host.Address<IAccount>("shop");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _old.DisposeAsync();
    }

    [Fact]
    public async Task Every_entry_is_an_event_at_its_own_position()
    {
        await Ledger.Deposit("ada", 10.50m);
        await Ledger.Transfer("ada", "bob", 4);
        await Ledger.Withdraw("bob", 0.0001m);

        Assert.Equal(
            [
                """1 ada deposited {"amount":10.5}""", """2 ada sent {"to":"bob","amount":4}""",
                """3 bob received {"from":"ada","amount":4}""", """4 bob withdrawn {"amount":0.0001}""",
            ],
            (await Ledger.Events()).Select(Show));
    }

    [Fact]
    public async Task A_statement_that_is_made_anew_of_the_events_is_the_same()
    {
        for (int i = 1; i <= 40; i++)
        {
            await Ledger.Deposit("ada", i / 10_000m);
            await Ledger.Transfer("ada", "bob", i / 20_000m > 0.0001m && i % 2 == 0 ? i / 20_000m : 0.0001m);
        }
        IReadOnlyList<AccountEntry> ada = await Ledger.Statement("ada", 1_000);
        IReadOnlyList<AccountEntry> bob = await Ledger.Statement("bob", 1_000);
        await Ledger.RebuildProjections();

        Assert.Equal(ada, await Ledger.Statement("ada", 1_000));
        Assert.Equal(bob, await Ledger.Statement("bob", 1_000));
        Assert.Equal(ada[^1].Balance, await Ledger.Balance("ada"));
    }

    [Fact]
    public async Task A_ledger_from_before_it_was_kept_as_events_goes_on_as_if_it_always_had_been()
    {
        await OldAsync("ada", "Deposit", 105_000, 105_000);
        await OldAsync("ada", "TransferOut", -45_000, 60_000, "bob's \"x\"");
        await OldAsync("bob's \"x\"", "TransferIn", 45_000, 45_000, "ada");
        await OldAsync("bob's \"x\"", "Withdrawal", -1, 44_999);
        await OldAsync("max", "Deposit", 999_999_999_999_999, 999_999_999_999_999);
        await OldAsync("ada", "Withdrawal", -60_000, 0);
        await _host.AdoptAsync(Address, _old);

        Assert.Equal((0, 4.4999m), (await Ledger.Balance("ada"), await Ledger.Balance("bob's \"x\"")));
        Assert.Equal(
            new AccountEntry(2, FakeClock.DefaultStart.AddTicks(1), AccountEntryKind.TransferOut, -4.5m, 6, "bob's \"x\""),
            (await Ledger.Statement("ada"))[1]);
        await Expect.Refusal(409, "insufficient-funds", () => Ledger.Withdraw("ada", 0.0001m));
        await Expect.Refusal(409, "balance-limit", () => Ledger.Deposit("max", 0.0001m));
        Assert.Equal(7, (await Ledger.Deposit("ada", 1)).Id);
        Assert.Equal(1, (await Ledger.Statement("ada"))[^1].Balance);
        await _host.TickAsync();

        Assert.Equal(
            [
                """1 ada deposited {"amount":10.5}""", """2 ada sent {"to":"bob's \"x\"","amount":4.5}""",
                """3 bob's "x" received {"from":"ada","amount":4.5}""", """4 bob's "x" withdrawn {"amount":0.0001}""",
                """5 max deposited {"amount":99999999999.9999}""", """6 ada withdrawn {"amount":6}""", """7 ada deposited {"amount":1}""",
            ],
            (await Ledger.Events()).Select(Show));
        Assert.Equal(FakeClock.DefaultStart.AddTicks(1), (await Ledger.Events(1, 1))[0].At);
        IReadOnlyList<AccountEntry> statement = await Ledger.Statement("ada");
        await Ledger.RebuildProjections();
        Assert.Equal(statement, await Ledger.Statement("ada"));
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(0, (await Ledger.Withdraw("ada", 1)).Balance);
    }

    [Fact]
    public async Task An_old_ledger_of_many_entries_becomes_events_in_steps_and_is_used_meanwhile()
    {
        const int Entries = 12_001;
        await _old.CallAsync<object>(Address, "many", Entries);
        await _host.AdoptAsync(Address, _old);

        Assert.Equal(Entries + 1, (await Ledger.Deposit("ada", 0.0001m)).Id);
        await Expect.Refusal(503, "events-incomplete", () => Ledger.Events());
        await _host.AdvanceToNextAsync();
        await Ledger.RebuildProjections();
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal((Entries + 1) / 10_000m, (await Ledger.Statement("ada", 1))[0].Balance);
        await Ledger.Transfer("ada", "bob", 1);
        await _host.TickAsync();

        Assert.Equal(new ProjectionStatus(Entries + 3, Entries + 3, false, true), await Ledger.Projected());
        Assert.Equal(Enumerable.Range(1, 1_000).Select(i => (long)i), (await Ledger.Events(0, 1_000)).Select(one => one.Position));
        Assert.Equal((Entries + 1 - 10_000) / 10_000m, await Ledger.Balance("ada"));
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    private static string Show(StoredEvent one) => $"{one.Position} {one.Stream} {one.Type} {one.Data}";

    private async Task OldAsync(string account, string kind, long amount, long balance, string? counterparty = null)
    {
        await _old.CallAsync<object>(Address, "book", account, kind, amount, balance, counterparty);
        _old.Clock.Advance(TimeSpan.FromTicks(1));
    }

    /// <summary>The class as it was: its tables, and rows as it wrote them.</summary>
    [DurableObject("account")]
    public sealed class OldAccount(ObjectContext context) : DurableObject(context)
    {
        protected override IReadOnlyList<string> Migrations =>
        [
            """
            CREATE TABLE entry(
                id INTEGER PRIMARY KEY, account TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
                amount INTEGER NOT NULL, balance INTEGER NOT NULL CHECK (balance >= 0), counterparty TEXT);
            CREATE INDEX entry_by_account ON entry(account, id);
            """,
        ];

        public void Book(string account, string kind, long amount, long balance, string? counterparty) => Storage.Sql.Exec(
            "INSERT INTO entry(account, at, kind, amount, balance, counterparty) VALUES (?, ?, ?, ?, ?, ?)",
            account, Context.Now, kind, amount, balance, counterparty);

        public void Many(int count) => Storage.Sql.Exec(
            """
            WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < ?2)
            INSERT INTO entry(account, at, kind, amount, balance) SELECT 'ada', ?1, 'Deposit', 1, n FROM one
            """, Context.Now, count);
    }
}
