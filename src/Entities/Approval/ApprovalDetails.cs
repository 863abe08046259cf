namespace DurableObjects.Entities;

/// <summary>What an approval is about, and who has agreed so far.</summary>
/// <param name="Request">What is to be approved.</param>
/// <param name="ApprovedBy">Who has approved it since it was submitted, in that order.</param>
/// <param name="Reminders">How often its approvers were reminded since.</param>
public sealed record ApprovalDetails(ApprovalRequest Request, IReadOnlyList<string> ApprovedBy, int Reminders);
