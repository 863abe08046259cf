namespace DurableObjects.Entities;

/// <summary>The two entries of a transfer.</summary>
/// <param name="From">What left the one account.</param>
/// <param name="To">What came to the other.</param>
public sealed record AccountTransfer(AccountEntry From, AccountEntry To);
