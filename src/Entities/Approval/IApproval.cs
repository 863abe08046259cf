namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>approval</c>: those of a state machine, and one of its own. Refusals of its own are
/// <c>own-request</c> (403), if who asks approves or rejects, and <c>already-approved</c> (409), if somebody approves twice.
/// </summary>
public interface IApproval : IStateMachine<ApprovalState, ApprovalTrigger>
{
    /// <summary>What the approval is about; null before it was submitted. Read-only.</summary>
    Task<ApprovalDetails?> Details();
}
