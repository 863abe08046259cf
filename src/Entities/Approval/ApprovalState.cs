namespace DurableObjects.Entities;

/// <summary>The states of an <see cref="Approval"/>.</summary>
public enum ApprovalState
{
    /// <summary>Nobody has asked for anything yet.</summary>
    Draft,

    /// <summary>It waits for its approvers.</summary>
    Pending,

    /// <summary>As many as were needed have approved.</summary>
    Approved,

    /// <summary>Somebody has rejected it. It may be submitted again.</summary>
    Rejected,

    /// <summary>Who asked for it wants it no more.</summary>
    Withdrawn,

    /// <summary>Nobody decided in time.</summary>
    Expired,
}
