namespace DurableObjects.Entities;

/// <summary>
/// The approval of an order, an expense or a deployment by one or several people, with a reminder and an expiry: the example of a
/// state machine.
/// </summary>
[DurableObject("approval")]
public sealed class Approval(ObjectContext context) : StateMachineObject<ApprovalState, ApprovalTrigger>(context), IApproval
{
    /// <summary>Characters (UTF-16) of a name.</summary>
    public const int NameCharacters = 128;

    /// <summary>Characters (UTF-16) of a subject or a comment.</summary>
    public const int TextCharacters = 500;

    /// <summary>The most approvals that can be asked for.</summary>
    public const int MaxApprovals = 20;

    /// <summary>The longest time, in seconds, until an approval expires: a year of 365 days.</summary>
    public const int MaxSeconds = 365 * 24 * 60 * 60;

    /// <summary>The error code of deciding about one's own request.</summary>
    public const string OwnRequest = "own-request";

    /// <summary>The error code of approving twice.</summary>
    public const string AlreadyApproved = "already-approved";

    private const string RequestKey = "request";
    private const string RemindersKey = "reminders";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
        [.. base.Migrations, "CREATE TABLE approver(position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"];

    private ApprovalRequest Request => Storage.Get<ApprovalRequest>(RequestKey)!;

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<ApprovalDetails?> Details() => Task.FromResult(
        Storage.Get<ApprovalRequest>(RequestKey) is { } request
            ? new ApprovalDetails(request, Approvers(), Storage.Get<int>(RemindersKey))
            : null);

    /// <inheritdoc/>
    protected override StateMachine<ApprovalState, ApprovalTrigger> Declare()
    {
        StateMachine<ApprovalState, ApprovalTrigger> machine = new(ApprovalState.Draft);
        machine.Internal(ApprovalTrigger.Remind, ApprovalTrigger.Expire);

        machine.Configure(ApprovalState.Draft)
            .Permit(ApprovalTrigger.Submit, ApprovalState.Pending);

        machine.Configure(ApprovalState.Pending)
            .OnEntry(Submit)
            .PermitIf(ApprovalTrigger.Approve, ApprovalState.Approved, IsLastMissing, "the last that is missing")
            .InternalTransition(ApprovalTrigger.Approve, Approve)
            .Permit(ApprovalTrigger.Reject, ApprovalState.Rejected)
            .Permit(ApprovalTrigger.Withdraw, ApprovalState.Withdrawn)
            .InternalTransition(ApprovalTrigger.Remind, _ => Storage.Put(RemindersKey, Storage.Get<int>(RemindersKey) + 1))
            .Permit(ApprovalTrigger.Expire, ApprovalState.Expired)
            .After(() => Seconds(Request.RemindAfterSeconds), ApprovalTrigger.Remind, "remindAfterSeconds")
            .After(() => Seconds(Request.ExpireAfterSeconds), ApprovalTrigger.Expire, "expireAfterSeconds");

        machine.Configure(ApprovalState.Approved)
            .OnEntry(Approve);

        machine.Configure(ApprovalState.Rejected)
            .OnEntry(transition => Decide(transition))
            .Permit(ApprovalTrigger.Submit, ApprovalState.Pending);

        return machine;
    }

    private static TimeSpan Seconds(decimal seconds) => TimeSpan.FromMilliseconds((double)(seconds * 1_000));

    private void Submit(Transition<ApprovalState, ApprovalTrigger> transition)
    {
        ApprovalRequest request = transition.ArgumentAs<ApprovalRequest>();
        CheckText(request.Subject, "subject", TextCharacters);
        CheckText(request.RequestedBy, "requestedBy", NameCharacters);
        Argument.Within(request.Approvals, "approvals", 1, MaxApprovals);
        Argument.Milliseconds(request.ExpireAfterSeconds, "expireAfterSeconds", 0.002m, MaxSeconds);
        Argument.Milliseconds(request.RemindAfterSeconds, "remindAfterSeconds", 0.001m, request.ExpireAfterSeconds - 0.001m);
        Storage.Put(RequestKey, request);
        Storage.Delete(RemindersKey);
        Storage.Sql.Exec("DELETE FROM approver");
    }

    private void Approve(Transition<ApprovalState, ApprovalTrigger> transition)
    {
        string by = Decide(transition);
        if (Approvers().Contains(by))
        {
            throw new DurableObjectException(409, AlreadyApproved, $"'{by}' has approved it already.");
        }
        Storage.Sql.Exec("INSERT INTO approver(name) VALUES (?)", by);
    }

    /// <summary>Who decides, if they may.</summary>
    private string Decide(Transition<ApprovalState, ApprovalTrigger> transition)
    {
        ApprovalDecision decision = transition.ArgumentAs<ApprovalDecision>();
        CheckText(decision.By, "by", NameCharacters);
        if (decision.Comment?.Length > TextCharacters)
        {
            throw Argument.Invalid($"'comment' has {decision.Comment.Length:N0} characters; the limit is {TextCharacters:N0}.");
        }
        return decision.By != Request.RequestedBy
            ? decision.By
            : throw new DurableObjectException(403, OwnRequest, $"'{decision.By}' has asked for it, and cannot decide about it.");
    }

    // Within a JSON value a member may be missing although its type says that it is not.
    private static void CheckText(string? value, string name, int limit) => Argument.Text(value ?? "", name, limit);

    private bool IsLastMissing() => Approvers().Count + 1 >= Request.Approvals;

    private List<string> Approvers() =>
        [.. Storage.Sql.Exec("SELECT name FROM approver ORDER BY position").Select(row => row.Get<string>(0)!)];
}
