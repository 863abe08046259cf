namespace DurableObjects.Entities;

/// <summary>One change of one account. Entries are never changed or removed.</summary>
/// <param name="Id">Counts up from 1 in the ledger. Of a transfer, first what went out, then what came in.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Kind">Why.</param>
/// <param name="Amount">The change: negative for what left. The amounts of an account add up to its balance.</param>
/// <param name="Balance">The account's balance after it.</param>
/// <param name="Counterparty">The other account of a transfer; null otherwise.</param>
public sealed record AccountEntry(
    long Id, DateTimeOffset At, AccountEntryKind Kind, decimal Amount, decimal Balance, string? Counterparty);
