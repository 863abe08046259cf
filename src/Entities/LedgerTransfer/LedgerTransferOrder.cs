namespace DurableObjects.Entities;

/// <summary>What a <see cref="LedgerTransfer"/> starts with.</summary>
/// <param name="FromLedger">The ledger that gives: the name of an <c>account</c> object.</param>
/// <param name="FromAccount">The account in it.</param>
/// <param name="ToLedger">The ledger that gets.</param>
/// <param name="ToAccount">The account in it.</param>
/// <param name="Amount">How much; see <see cref="IAccount"/>.</param>
/// <param name="NotBefore">The time to wait for first; null for at once.</param>
/// <param name="ApprovalAbove">The amount above which it needs a <see cref="LedgerTransferDecision"/>; null for never.</param>
/// <param name="ApprovalSeconds">How long it waits for that; a day by default.</param>
public sealed record LedgerTransferOrder(
    string FromLedger, string FromAccount, string ToLedger, string ToAccount, decimal Amount, DateTimeOffset? NotBefore = null,
    decimal? ApprovalAbove = null, int ApprovalSeconds = 86_400);

/// <summary>The payload of the event <see cref="LedgerTransfer.Decision"/>.</summary>
/// <param name="Approved">Whether the transfer may go on.</param>
/// <param name="By">Who says so.</param>
public sealed record LedgerTransferDecision(bool Approved, string? By);

/// <summary>What a <see cref="LedgerTransfer"/> ends with.</summary>
/// <param name="Withdrawal">The entry in the ledger that gave.</param>
/// <param name="Deposit">The entry in the ledger that got.</param>
/// <param name="ApprovedBy">Who approved it; null if nobody had to.</param>
public sealed record LedgerTransferReceipt(AccountEntry Withdrawal, AccountEntry Deposit, string? ApprovedBy);
