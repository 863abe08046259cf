using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class AccountTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(Account));

    private IAccount Ledger => _host.Objects.Get<IAccount>("shop");

    private ObjectAddress Address => _host.Address<IAccount>("shop");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_deposit_and_a_withdrawal_answer_their_entries()
    {
        AccountEntry deposit = await Ledger.Deposit("ada", 100.5m);
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        AccountEntry withdrawal = await Ledger.Withdraw("ada", 0.25m);

        Assert.Equal(new AccountEntry(1, FakeClock.DefaultStart, AccountEntryKind.Deposit, 100.5m, 100.5m, null), deposit);
        Assert.Equal(
            new AccountEntry(2, FakeClock.DefaultStart.AddSeconds(1), AccountEntryKind.Withdrawal, -0.25m, 100.25m, null),
            withdrawal);
        Assert.Equal(100.25m, await Ledger.Balance("ada"));
    }

    [Fact]
    public async Task A_transfer_answers_both_entries()
    {
        await Ledger.Deposit("ada", 10);
        AccountTransfer transfer = await Ledger.Transfer("ada", "bob", 4);

        Assert.Equal(new AccountEntry(2, FakeClock.DefaultStart, AccountEntryKind.TransferOut, -4, 6, "bob"), transfer.From);
        Assert.Equal(new AccountEntry(3, FakeClock.DefaultStart, AccountEntryKind.TransferIn, 4, 4, "ada"), transfer.To);
        Assert.Equal((6, 4), (await Ledger.Balance("ada"), await Ledger.Balance("bob")));
    }

    [Fact]
    public async Task Over_HTTP_money_is_a_number_and_kinds_are_camelCase()
    {
        const string At = "\"2030-01-01T00:00:00+00:00\"";
        string deposit = $$"""{"id":1,"at":{{At}},"kind":"deposit","amount":10.5,"balance":10.5,"counterparty":null}""";
        string sent = $$"""{"id":2,"at":{{At}},"kind":"transferOut","amount":-0.0001,"balance":10.4999,"counterparty":"bob"}""";
        string received = $$"""{"id":3,"at":{{At}},"kind":"transferIn","amount":0.0001,"balance":0.0001,"counterparty":"ada"}""";

        Assert.Equal(deposit, await PostAsync("deposit", """{"account":"ada","amount":10.50}"""));
        Assert.Equal(
            $$"""{"from":{{sent}},"to":{{received}}}""",
            await PostAsync("transfer", """{"from":"ada","to":"bob","amount":0.0001}"""));
        Assert.Equal("10.4999", await PostAsync("balance", """{"account":"ada"}"""));
        Assert.Equal("0", await PostAsync("balance", """{"account":"nobody"}"""));
        Assert.Equal($"[{deposit},{sent}]", await PostAsync("statement", """{"account":"ada"}"""));
        string withdrawal = await PostAsync("withdraw", """{"account":"ada","amount":1}""");
        Assert.Contains("\"kind\":\"withdrawal\"", withdrawal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Taking_more_than_there_is_is_refused_and_changes_nothing()
    {
        await Ledger.Deposit("ada", 10);
        int commits = _host.CommitsOf(Address).Count;

        await Expect.Refusal(409, "insufficient-funds", () => Ledger.Withdraw("ada", 10.0001m), "'ada'", "10", "10.0001");
        await Expect.Refusal(409, "insufficient-funds", () => Ledger.Transfer("ada", "bob", 11), "'ada'", "11");
        await Expect.Refusal(409, "insufficient-funds", () => Ledger.Withdraw("bob", 1), "'bob'");

        Assert.Equal(commits, _host.CommitsOf(Address).Count);
        Assert.Single(await Ledger.Statement("ada"));
        Assert.Empty(await Ledger.Statement("bob"));
    }

    [Fact]
    public async Task All_of_a_balance_can_be_taken()
    {
        await Ledger.Deposit("ada", 0.3m);
        await Ledger.Withdraw("ada", 0.1m);
        await Ledger.Withdraw("ada", 0.2m);

        Assert.Equal(0, await Ledger.Balance("ada"));
    }

    [Fact]
    public async Task A_transfer_whose_receiver_would_hold_too_much_leaves_the_sender_as_it_was()
    {
        await Ledger.Deposit("ada", 1);
        await Ledger.Deposit("bob", Account.MaxAmount);
        int commits = _host.CommitsOf(Address).Count;

        await Expect.Refusal(409, "balance-limit", () => Ledger.Transfer("ada", "bob", 0.0001m), "'bob'", "99999999999.9999");
        await Expect.Refusal(409, "balance-limit", () => Ledger.Deposit("bob", 0.0001m), "'bob'");

        Assert.Equal(commits, _host.CommitsOf(Address).Count);
        Assert.Equal(1, await Ledger.Balance("ada"));
    }

    [Fact]
    public async Task The_largest_amount_is_exact_to_the_last_digit()
    {
        await Ledger.Deposit("ada", Account.MaxAmount);
        await Ledger.Withdraw("ada", 0.0001m);

        Assert.Equal(99_999_999_999.9998m, await Ledger.Balance("ada"));
        Assert.Equal("99999999999.9998", await PostAsync("balance", """{"account":"ada"}"""));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("0.00001")]
    [InlineData("1.00001")]
    [InlineData("100000000000")]
    [InlineData("79228162514264337593543950335")]
    public async Task An_amount_outside_its_limits_is_refused_by_every_method(string text)
    {
        decimal amount = decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        await Ledger.Deposit("ada", 10);

        await Expect.InvalidArgument(() => Ledger.Deposit("ada", amount), "'amount'", text);
        await Expect.InvalidArgument(() => Ledger.Withdraw("ada", amount), "'amount'", text);
        await Expect.InvalidArgument(() => Ledger.Transfer("ada", "bob", amount), "'amount'", text);
    }

    [Fact]
    public async Task Zeros_at_the_end_of_an_amount_are_no_digits() =>
        Assert.Equal(1.5m, (await Ledger.Deposit("ada", 1.5000000m)).Balance);

    [Fact]
    public async Task A_transfer_to_the_same_account_is_refused()
    {
        await Ledger.Deposit("ada", 10);

        await Expect.InvalidArgument(() => Ledger.Transfer("ada", "ada", 1), "'from'", "'to'", "'ada'");
    }

    [Fact]
    public async Task An_accounts_name_has_1_to_128_characters()
    {
        string longest = new('a', 128);
        string tooLong = new('a', 129);
        await Ledger.Deposit(longest, 1);

        await Expect.InvalidArgument(() => Ledger.Deposit(tooLong, 1), "'account'", "129", "128");
        await Expect.InvalidArgument(() => Ledger.Withdraw("", 1), "'account'", "128");
        await Expect.InvalidArgument(() => Ledger.Transfer(tooLong, "ada", 1), "'from'");
        await Expect.InvalidArgument(() => Ledger.Transfer("ada", tooLong, 1), "'to'");
        await Expect.InvalidArgument(() => Ledger.Balance(""), "'account'");
        await Expect.InvalidArgument(() => Ledger.Statement(tooLong), "'account'");
    }

    [Fact]
    public async Task Names_are_told_apart_by_their_case()
    {
        await Ledger.Deposit("ada", 1);

        Assert.Equal(0, await Ledger.Balance("Ada"));
    }

    [Fact]
    public async Task A_statement_is_the_newest_entries_before_an_id_oldest_first()
    {
        for (int i = 1; i <= 120; i++)
        {
            await Ledger.Deposit(i % 2 == 0 ? "ada" : "bob", i);
        }

        IReadOnlyList<AccountEntry> newest = await Ledger.Statement("ada", 3);
        Assert.Equal([116, 118, 120], newest.Select(entry => entry.Id));
        Assert.Equal([112, 114], (await Ledger.Statement("ada", 2, newest[0].Id)).Select(entry => entry.Id));
        Assert.Equal(60, (await Ledger.Statement("ada")).Count);
        Assert.Empty(await Ledger.Statement("ada", 10, 2));
    }

    [Fact]
    public async Task A_statement_without_a_limit_has_a_hundred_entries()
    {
        for (int i = 1; i <= 101; i++)
        {
            await Ledger.Deposit("ada", 1);
        }

        Assert.Equal(2, (await Ledger.Statement("ada"))[0].Id);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public async Task A_page_of_a_statement_outside_its_limits_is_refused(int limit) =>
        await Expect.InvalidArgument(() => Ledger.Statement("ada", limit), "'limit'", $"{limit}", "1000");

    [Fact]
    public async Task Balances_survive_hibernation()
    {
        await Ledger.Deposit("ada", 10);
        await _host.HibernateAllAsync(rebuild: true);
        await Ledger.Transfer("ada", "bob", 3);
        await _host.HibernateAllAsync(rebuild: true);

        Assert.Equal((7, 3), (await Ledger.Balance("ada"), await Ledger.Balance("bob")));
    }

    [Fact]
    public async Task A_transfer_that_is_repeated_with_its_idempotency_key_moves_the_money_once()
    {
        await Ledger.Deposit("ada", 10);
        Turns.CallTurn transfer = new("transfer", """["ada","bob",4]"""u8.ToArray()) { IdempotencyKey = "order-1" };

        Turns.Answer first = await _host.RunAsync(Address, transfer, CancellationToken.None);
        Turns.Answer second = await _host.RunAsync(Address, transfer, CancellationToken.None);

        Assert.Equal(first.OrThrow().Json.ToArray(), second.OrThrow().Json.ToArray());
        Assert.Equal(6, await Ledger.Balance("ada"));
    }

    private Task<string> PostAsync(string method, string arguments) => _host.PostAsync("account", "shop", method, arguments);
}
