namespace DurableObjects.Entities;

/// <summary>What can happen to an account. Its stream is the account's name, and its position the id of the entry that it makes.</summary>
/// <param name="Amount">How much money, above 0.</param>
public abstract record AccountEvent(decimal Amount);

/// <summary>Money came from outside the ledger: <c>deposited</c>.</summary>
/// <param name="Amount">How much.</param>
public sealed record MoneyDeposited(decimal Amount) : AccountEvent(Amount);

/// <summary>Money left the ledger: <c>withdrawn</c>.</summary>
/// <param name="Amount">How much.</param>
public sealed record MoneyWithdrawn(decimal Amount) : AccountEvent(Amount);

/// <summary>Money went to another account: <c>sent</c>. The other account's <see cref="MoneyReceived"/> is the next event.</summary>
/// <param name="Amount">How much.</param>
/// <param name="To">The other account.</param>
public sealed record MoneySent(decimal Amount, string To) : AccountEvent(Amount);

/// <summary>Money came from another account: <c>received</c>. The other account's <see cref="MoneySent"/> is the event before.</summary>
/// <param name="Amount">How much.</param>
/// <param name="From">The other account.</param>
public sealed record MoneyReceived(decimal Amount, string From) : AccountEvent(Amount);
