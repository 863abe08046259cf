using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class ApprovalTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(Approval));

    private IApproval Order => _host.Objects.Get<IApproval>("order-17");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task As_many_as_were_asked_for_have_to_approve()
    {
        Assert.Null(await Order.Details());
        await Submit(approvals: 2);

        Assert.Equal(ApprovalState.Pending, (await Decide(ApprovalTrigger.Approve, "bob")).State);
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(ApprovalState.Approved, (await Decide(ApprovalTrigger.Approve, "carol")).State);

        ApprovalDetails details = (await Order.Details())!;
        Assert.Equal(["bob", "carol"], details.ApprovedBy);
        Assert.Equal("a laptop", details.Request.Subject);
    }

    [Fact]
    public async Task Nobody_approves_twice_nor_what_they_asked_for_themselves()
    {
        await Submit(approvals: 2);
        await Decide(ApprovalTrigger.Approve, "bob");

        await Expect.Refusal(409, Approval.AlreadyApproved, () => Decide(ApprovalTrigger.Approve, "bob"), "'bob'");
        await Expect.Refusal(403, Approval.OwnRequest, () => Decide(ApprovalTrigger.Approve, "ann"), "'ann'");
        await Expect.Refusal(403, Approval.OwnRequest, () => Decide(ApprovalTrigger.Reject, "ann"));
        Assert.Equal(["bob"], (await Order.Details())!.ApprovedBy);
    }

    [Fact]
    public async Task It_is_reminded_of_once_and_then_expires()
    {
        await Submit();

        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((ApprovalState.Pending, 1), ((await Order.State()).State, (await Order.Details())!.Reminders));
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(49_999));
        Assert.Equal(ApprovalState.Pending, (await Order.State()).State);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal(ApprovalState.Expired, (await Order.State()).State);
        await Expect.Refusal(409, StateMachineLimits.NotPermitted, () => Decide(ApprovalTrigger.Approve, "bob"), "nothing");
    }

    [Fact]
    public async Task What_was_rejected_can_be_submitted_again_and_begins_anew()
    {
        await Submit(approvals: 2);
        await Decide(ApprovalTrigger.Approve, "bob");
        await Decide(ApprovalTrigger.Reject, "carol");
        await _host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(ApprovalState.Rejected, (await Order.State()).State);

        await Submit();

        Assert.Empty((await Order.Details())!.ApprovedBy);
        Assert.Equal(2, (await Order.State()).Timeouts.Count);
        Assert.Equal(ApprovalState.Withdrawn, (await Order.Fire(ApprovalTrigger.Withdraw)).State);
    }

    [Theory]
    [InlineData("null", "'argument'")]
    [InlineData("7", "'argument'")]
    [InlineData("""{"requestedBy":"ann"}""", "'subject'")]
    [InlineData("""{"subject":"x","requestedBy":""}""", "'requestedBy'")]
    [InlineData("""{"subject":"x","requestedBy":"ann","approvals":0}""", "'approvals'")]
    [InlineData("""{"subject":"x","requestedBy":"ann","approvals":21}""", "'approvals'")]
    [InlineData("""{"subject":"x","requestedBy":"ann","expireAfterSeconds":31536001}""", "'expireAfterSeconds'")]
    [InlineData("""{"subject":"x","requestedBy":"ann","remindAfterSeconds":5,"expireAfterSeconds":5}""", "'remindAfterSeconds'")]
    [InlineData("""{"subject":"x","requestedBy":"ann","remindAfterSeconds":0}""", "'remindAfterSeconds'")]
    public async Task A_request_that_is_malformed_is_refused(string argument, string named)
    {
        await Expect.InvalidArgument(() => Order.Fire(ApprovalTrigger.Submit, JsonDocument.Parse(argument).RootElement), named);
        Assert.Equal(ApprovalState.Draft, (await Order.State()).State);
    }

    [Fact]
    public async Task A_decision_that_is_malformed_is_refused()
    {
        await Submit();
        await Expect.InvalidArgument(() => Order.Fire(ApprovalTrigger.Approve), "'argument'", "'approve'");
        await Expect.InvalidArgument(() => Decide(ApprovalTrigger.Approve, new string('x', 129)), "'by'");
        await Expect.InvalidArgument(() => Decide(ApprovalTrigger.Reject, "bob", new string('x', 501)), "'comment'");
        await Decide(ApprovalTrigger.Reject, new string('x', 128), new string('x', 500));
    }

    private Task<MachineState<ApprovalState, ApprovalTrigger>> Submit(int approvals = 1) => Order.Fire(
        ApprovalTrigger.Submit, JsonSerializer.SerializeToElement(new ApprovalRequest("a laptop", "ann", approvals, 10, 60)));

    private Task<MachineState<ApprovalState, ApprovalTrigger>> Decide(ApprovalTrigger trigger, string by, string? comment = null) =>
        Order.Fire(trigger, JsonSerializer.SerializeToElement(new ApprovalDecision(by, comment)));
}
