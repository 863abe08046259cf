namespace DurableObjects.Entities;

/// <summary>What an approver says.</summary>
/// <param name="By">Who: 1 to <see cref="Approval.NameCharacters"/> characters.</param>
/// <param name="Comment">Why, if there is anything to say: up to <see cref="Approval.TextCharacters"/> characters.</param>
public sealed record ApprovalDecision(string By, string? Comment = null);
