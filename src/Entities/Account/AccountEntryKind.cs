namespace DurableObjects.Entities;

/// <summary>Why an account's balance changed.</summary>
public enum AccountEntryKind
{
    /// <summary>Money came from outside the ledger.</summary>
    Deposit,

    /// <summary>Money left the ledger.</summary>
    Withdrawal,

    /// <summary>Money came from another account of the ledger.</summary>
    TransferIn,

    /// <summary>Money went to another account of the ledger.</summary>
    TransferOut,
}
