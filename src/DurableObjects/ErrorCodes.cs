namespace DurableObjects;

/// <summary>The values of <see cref="DurableObjectException.Code"/> that the runtime itself uses. Objects may use others.</summary>
public static class ErrorCodes
{
    /// <summary>An argument, key, value or option is malformed or over a limit (400).</summary>
    public const string InvalidArgument = "invalid-argument";

    /// <summary>The caller is not known (401).</summary>
    public const string Unauthenticated = "unauthenticated";

    /// <summary>The caller is known and may not do this (403).</summary>
    public const string Forbidden = "forbidden";

    /// <summary>No object class of that name (404).</summary>
    public const string UnknownClass = "unknown-class";

    /// <summary>The class has no such method (404).</summary>
    public const string UnknownMethod = "unknown-method";

    /// <summary>No object has that id, or the id belongs to another class (404).</summary>
    public const string UnknownObject = "unknown-object";

    /// <summary>The method exists but not for this HTTP method (405).</summary>
    public const string MethodNotAllowed = "method-not-allowed";

    /// <summary>The object's user data is not at the version that <c>If-Match</c> names (412).</summary>
    public const string PreconditionFailed = "precondition-failed";

    /// <summary>A body, value or message is larger than its limit (413).</summary>
    public const string TooLarge = "too-large";

    /// <summary>An idempotency key was used before for another request (422).</summary>
    public const string IdempotencyKeyReused = "idempotency-key-reused";

    /// <summary>A bookmark, or a recovery point's label, that is not of this object; or it has no history (404).</summary>
    public const string UnknownBookmark = "unknown-bookmark";

    /// <summary>The moment is older than what is kept of the object's history (410).</summary>
    public const string BookmarkExpired = "bookmark-expired";

    /// <summary>The object has a recovery point of that label (409).</summary>
    public const string LabelTaken = "label-taken";

    /// <summary>The return to a bookmark could not be carried out; the object is as it was (500).</summary>
    public const string RestoreFailed = "restore-failed";

    /// <summary>The handler threw (500). Nothing that it did remains.</summary>
    public const string HandlerFailed = "handler-failed";

    /// <summary>SQL failed: syntax, constraint, or something that objects may not do (500 when it reaches a caller).</summary>
    public const string SqlFailed = "sql-failed";

    /// <summary>SQL broke a constraint of a table (409).</summary>
    public const string SqlConstraint = "sql-constraint";

    /// <summary>The statement ended the turn's transaction; the turn cannot commit any more (500).</summary>
    public const string TransactionEnded = "transaction-ended";

    /// <summary>The turn's context is no longer in force: it was abandoned, or the turn has ended (500).</summary>
    public const string ContextRevoked = "context-revoked";

    /// <summary>Something that a read-only method may not do: a write or an effect (500).</summary>
    public const string ReadOnly = "read-only";

    /// <summary>A single-threaded rule was broken, such as storage used in a constructor (500).</summary>
    public const string InvalidUse = "invalid-use";

    /// <summary>The database is at its size limit (507).</summary>
    public const string StorageFull = "storage-full";

    /// <summary>
    /// A turn's commit did not become durable (503, retryable). Nothing of it remains, unless the process ends before the disk
    /// could be written again: then the next start may find it.
    /// </summary>
    public const string CommitFailed = "commit-failed";

    /// <summary>A signal arrived before one that its sender sent earlier (503, retryable).</summary>
    public const string SignalTooEarly = "signal-too-early";

    /// <summary>Too many turns or bytes wait for the object, for its host or for the disk (503, retryable, overloaded).</summary>
    public const string Overloaded = "overloaded";

    /// <summary>
    /// The host is stopping, its disk cannot be written, or the object cannot be told of its return to an earlier bookmark; the turn was not
    /// run (503, retryable).
    /// </summary>
    public const string Unavailable = "unavailable";

    /// <summary>The turn did not end within its deadline and was abandoned (504, retryable).</summary>
    public const string DeadlineExceeded = "deadline-exceeded";

    /// <summary>What was read back is not what was written (500).</summary>
    public const string Corrupt = "corrupt";

    /// <summary>There is no workflow of that name or id (404).</summary>
    public const string UnknownWorkflow = "unknown-workflow";

    /// <summary>There is no activity of that name (404).</summary>
    public const string UnknownActivity = "unknown-activity";

    /// <summary>There is, or was, a workflow of that id (409).</summary>
    public const string WorkflowExists = "workflow-exists";

    /// <summary>The workflow has ended, so nothing can be done with it any more (409).</summary>
    public const string WorkflowEnded = "workflow-ended";

    /// <summary>A workflow's code asks for another step than its history says, which is named (500).</summary>
    public const string WorkflowChanged = "workflow-changed";

    /// <summary>A workflow was terminated (500 for whoever waits for it).</summary>
    public const string WorkflowTerminated = "workflow-terminated";

    /// <summary>An attempt of an activity did not end in its time (504, retryable).</summary>
    public const string ActivityTimeout = "activity-timeout";

    /// <summary>An event did not come in time (504).</summary>
    public const string EventTimeout = "event-timeout";

    /// <summary>The circuit breaker in front of a target is open, so no attempt was made (503, retryable).</summary>
    public const string CircuitOpen = "circuit-open";
}
