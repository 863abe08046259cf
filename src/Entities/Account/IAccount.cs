namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>account</c>. An account is named by 1 to <see cref="Account.NameCharacters"/> characters
/// and needs no opening: one without entries has the balance 0. Amounts are above 0 and at most
/// <see cref="Account.MaxAmount"/>, with at most four decimals; anything else is refused (400 <c>invalid-argument</c>).
/// </summary>
public interface IAccount : IEventSourced
{
    /// <summary>Brings money into the ledger.</summary>
    /// <returns>The entry.</returns>
    /// <exception cref="DurableObjectException">
    /// The balance would exceed <see cref="Account.MaxAmount"/> (409 <c>balance-limit</c>); nothing changed.
    /// </exception>
    Task<AccountEntry> Deposit(string account, decimal amount);

    /// <summary>Takes money out of the ledger.</summary>
    /// <returns>The entry.</returns>
    /// <exception cref="DurableObjectException">It holds less (409 <c>insufficient-funds</c>); nothing changed.</exception>
    Task<AccountEntry> Withdraw(string account, decimal amount);

    /// <summary>Moves money between two accounts of the ledger: both entries or none.</summary>
    /// <returns>Both entries.</returns>
    /// <exception cref="DurableObjectException">
    /// The one account holds less (409 <c>insufficient-funds</c>), the other's balance would exceed
    /// <see cref="Account.MaxAmount"/> (409 <c>balance-limit</c>), or both are the same (400).
    /// </exception>
    Task<AccountTransfer> Transfer(string from, string to, decimal amount);

    /// <summary>An account's balance. Read-only.</summary>
    Task<decimal> Balance(string account);

    /// <summary>An account's newest entries, oldest of them first. Read-only.</summary>
    /// <param name="account">The account.</param>
    /// <param name="limit">How many at most: 1 to <see cref="Account.StatementEntries"/>.</param>
    /// <param name="before">Only entries with a smaller id: give the first id of a page to get the page before it.</param>
    Task<IReadOnlyList<AccountEntry>> Statement(string account, int limit = 100, long? before = null);
}
