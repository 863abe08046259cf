namespace DurableObjects.Entities;

/// <summary>What is to be approved.</summary>
/// <param name="Subject">What it is: 1 to <see cref="Approval.TextCharacters"/> characters.</param>
/// <param name="RequestedBy">Who asks, and may not approve: 1 to <see cref="Approval.NameCharacters"/> characters.</param>
/// <param name="Approvals">How many have to approve: 1 to <see cref="Approval.MaxApprovals"/>.</param>
/// <param name="RemindAfterSeconds">After how long the approvers are reminded: 0.001 s or more, less than until it expires.</param>
/// <param name="ExpireAfterSeconds">After how long it expires: <see cref="Approval.MaxSeconds"/> at most.</param>
public sealed record ApprovalRequest(
    string Subject, string RequestedBy, int Approvals = 1, decimal RemindAfterSeconds = 24 * 60 * 60,
    decimal ExpireAfterSeconds = 7 * 24 * 60 * 60);
