namespace DurableObjects.Entities;

/// <summary>What happens to an <see cref="Approval"/>.</summary>
public enum ApprovalTrigger
{
    /// <summary>Asks for approval. Argument: an <see cref="ApprovalRequest"/>.</summary>
    Submit,

    /// <summary>One approver agrees. Argument: an <see cref="ApprovalDecision"/>.</summary>
    Approve,

    /// <summary>One approver does not. Argument: an <see cref="ApprovalDecision"/>.</summary>
    Reject,

    /// <summary>The request is taken back.</summary>
    Withdraw,

    /// <summary>Fired by a timeout: the approvers are to be reminded.</summary>
    Remind,

    /// <summary>Fired by a timeout: it is too late.</summary>
    Expire,
}
