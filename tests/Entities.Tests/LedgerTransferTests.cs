using DurableObjects.Harness;
using DurableObjects.Workflows;

namespace DurableObjects.Entities.Tests;

public sealed class LedgerTransferTests : IAsyncLifetime
{
    private readonly TestHost _host = new([typeof(Account)], workflows: [typeof(LedgerTransfer)]);

    public async Task InitializeAsync() => await Ledger("shop").Deposit("ada", 100);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Money_goes_from_one_ledger_to_the_other()
    {
        await StartAsync(new LedgerTransferOrder("shop", "ada", "bank", "bob", 40));
        LedgerTransferReceipt receipt = (await _host.Workflows.ResultAsync<LedgerTransferReceipt>("t"))!;
        Assert.Equal((-40, 40), (receipt.Withdrawal.Amount, receipt.Deposit.Amount));
        Assert.Equal((60, 40), await BalancesAsync());
    }

    [Fact]
    public async Task What_the_other_ledger_refuses_is_put_back()
    {
        await Ledger("bank").Deposit("bob", Account.MaxAmount);
        await StartAsync(new LedgerTransferOrder("shop", "ada", "bank", "bob", 40));
        await MustFailAsync(Account.BalanceLimit);
        Assert.Equal((100, Account.MaxAmount), await BalancesAsync());
    }

    [Fact]
    public async Task What_is_not_there_is_not_moved()
    {
        await StartAsync(new LedgerTransferOrder("shop", "ada", "bank", "bob", 101));
        await MustFailAsync(Account.InsufficientFunds);
        Assert.Equal((100, 0), await BalancesAsync());
    }

    [Fact]
    public async Task A_large_amount_waits_for_its_approval()
    {
        await StartAsync(new LedgerTransferOrder("shop", "ada", "bank", "bob", 40, ApprovalAbove: 39.99m));
        Assert.Equal((60, 0), await BalancesAsync());
        await _host.Workflows.RaiseAsync("t", LedgerTransfer.Decision, new LedgerTransferDecision(true, "eve"));
        Assert.Equal("eve", (await _host.Workflows.ResultAsync<LedgerTransferReceipt>("t"))!.ApprovedBy);
        Assert.Equal((60, 40), await BalancesAsync());
    }

    [Fact]
    public async Task What_is_turned_down_is_put_back()
    {
        await StartAsync(new LedgerTransferOrder("shop", "ada", "bank", "bob", 40, ApprovalAbove: 0));
        await _host.Workflows.RaiseAsync("t", LedgerTransfer.Decision, new LedgerTransferDecision(false, "eve"));
        await MustFailAsync(LedgerTransfer.NotApproved);
        Assert.Equal((100, 0), await BalancesAsync());
    }

    [Fact]
    public async Task What_nobody_approves_in_time_is_put_back()
    {
        await StartAsync(new LedgerTransferOrder("shop", "ada", "bank", "bob", 40, ApprovalAbove: 0, ApprovalSeconds: 60));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(60));
        await MustFailAsync(ErrorCodes.EventTimeout);
        Assert.Equal((100, 0), await BalancesAsync());
    }

    [Fact]
    public async Task It_waits_for_its_day()
    {
        await StartAsync(
            new LedgerTransferOrder("shop", "ada", "bank", "bob", 40, NotBefore: _host.Clock.GetUtcNow() + TimeSpan.FromDays(3)));
        await _host.AdvanceAsync(TimeSpan.FromDays(3) - TimeSpan.FromSeconds(1));
        Assert.Equal((100, 0), await BalancesAsync());
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal((60, 40), await BalancesAsync());
    }

    [Theory]
    [InlineData("", "bank", 60, "fromLedger")]
    [InlineData("shop", "", 60, "toLedger")]
    [InlineData("shop", "shop", 60, "transfer")]
    [InlineData("shop", "bank", 0, "approvalSeconds")]
    public async Task A_malformed_order_is_refused(string from, string to, int seconds, string named)
    {
        await StartAsync(new LedgerTransferOrder(from, "ada", to, "bob", 1, ApprovalSeconds: seconds));
        DurableObjectException error = await MustFailAsync(ErrorCodes.InvalidArgument);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal((100, 0), await BalancesAsync());
    }

    private IAccount Ledger(string name) => _host.Objects.Get<IAccount>(name);

    private Task<string> StartAsync(LedgerTransferOrder order) => _host.Workflows.StartAsync<LedgerTransfer>(order, "t");

    private async Task<(decimal Ada, decimal Bob)> BalancesAsync() =>
        (await Ledger("shop").Balance("ada"), await Ledger("bank").Balance("bob"));

    private async Task<DurableObjectException> MustFailAsync(string code)
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => _host.Workflows.ResultAsync<LedgerTransferReceipt>("t"));
        Assert.Equal(code, error.Code);
        return error;
    }
}
