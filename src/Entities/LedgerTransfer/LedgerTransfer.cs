using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// Moves money between two ledgers, which are objects of the class <c>account</c> and so cannot do it in one turn: it is taken from the one
/// and put into the other, and put back if that does not come about. In between it may wait for its day, and for an approval.
/// </summary>
[Workflow("ledger-transfer")]
public sealed class LedgerTransfer : Workflow<LedgerTransferOrder, LedgerTransferReceipt>
{
    /// <summary>The event that decides about an order above its <see cref="LedgerTransferOrder.ApprovalAbove"/>.</summary>
    public const string Decision = "decision";

    /// <summary>The error code of an order that was not approved.</summary>
    public const string NotApproved = "not-approved";

    /// <inheritdoc/>
    protected override async Task<LedgerTransferReceipt> RunAsync(WorkflowContext context, LedgerTransferOrder input)
    {
        Check(input);
        if (input.NotBefore is { } day)
        {
            await context.SleepUntil(day);
        }
        IAccount from = context.Call<IAccount>(input.FromLedger);
        AccountEntry withdrawal = await from.Withdraw(input.FromAccount, input.Amount);
        context.Compensate(() => from.Deposit(input.FromAccount, input.Amount));
        string? approvedBy = input.Amount > input.ApprovalAbove ? await ApproverAsync(context, input) : null;
        AccountEntry deposit = await context.Call<IAccount>(input.ToLedger).Deposit(input.ToAccount, input.Amount);
        return new LedgerTransferReceipt(withdrawal, deposit, approvedBy);
    }

    private static async Task<string> ApproverAsync(WorkflowContext context, LedgerTransferOrder input)
    {
        LedgerTransferDecision? decision =
            await context.WaitForEvent<LedgerTransferDecision>(Decision, TimeSpan.FromSeconds(input.ApprovalSeconds));
        return decision is { Approved: true, By: { Length: > 0 } approver }
            ? approver
            : throw new DurableObjectException(
                409, NotApproved, $"The transfer was turned down by {decision?.By ?? "nobody who gave a name"}.");
    }

    private static void Check(LedgerTransferOrder input)
    {
        string? wrong = input switch
        {
            null => "The input is missing.",
            { FromLedger: not { Length: > 0 } } => "'fromLedger' is missing.",
            { ToLedger: not { Length: > 0 } } => "'toLedger' is missing.",
            _ when input.FromLedger == input.ToLedger =>
                $"'fromLedger' and 'toLedger' are both '{input.FromLedger}'; within one ledger its method 'transfer' does it in one turn.",
            { ApprovalSeconds: <= 0 } => $"'approvalSeconds' is {input.ApprovalSeconds}; it must be above 0.",
            _ => null,
        };
        if (wrong is not null)
        {
            throw new DurableObjectException(400, ErrorCodes.InvalidArgument, wrong);
        }
    }
}
