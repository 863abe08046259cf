using System.Globalization;
using System.Text.Json;
using DurableObjects.Webhooks.Deliveries;
using DurableObjects.Workflows;

namespace DurableObjects.Webhooks.Queue;

/// <summary>
/// The deliveries of one source to one key, in its own database before their sender is answered, and each under way alone: the next
/// begins in the turn that takes note of the end of the one before.
/// </summary>
/// <remarks>
/// A delivery runs as a workflow, whose end comes as a signal. Should that never come, for the queue was returned to an earlier moment
/// or somebody purged the workflow, the alarm asks.
/// </remarks>
[DurableObject(ClassName)]
public sealed class WebhookQueue(ObjectContext context, WebhookSources sources, WebhookHandlers handlers)
    : DurableObject(context), IWebhookQueue
{
    /// <summary>The name of the class.</summary>
    public const string ClassName = "webhook-queue";

    /// <summary>Deliveries that one turn deletes when their time has come; the next turn goes on.</summary>
    private const int TrimAtOnce = 1_000;

    /// <summary>How long a delivery runs before its workflow is asked, and how soon a source is noticed that is back. Ours: an hour.</summary>
    private static readonly TimeSpan WatchEvery = TimeSpan.FromHours(1);

    /// <summary>How often what is too old is deleted at most: a commit for each is more than it is worth.</summary>
    private static readonly TimeSpan TrimEvery = TimeSpan.FromHours(1);

    /// <summary>When the sender of a refused webhook may come again. Ours: senders have their own ideas, mostly longer.</summary>
    private static readonly TimeSpan RetryFull = TimeSpan.FromMinutes(1);

    private readonly QueueTables _tables = new(context.Storage);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => QueueTables.Migrations;

    private string SourceName => Context.Name?.Split(':', 2)[0] ?? "";

    private WebhookSource? Source => Context.Name?.Contains(':', StringComparison.Ordinal) == true ? sources.Find(SourceName) : null;

    /// <summary>The address of a queue.</summary>
    public static ObjectAddress AddressOf(string source, string key) => ObjectAddress.OfName(ClassName, $"{source}:{key}");

    /// <inheritdoc/>
    public Task<bool> Receive(IncomingWebhook webhook)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        RequireHost();
        WebhookSource source = Source ?? throw new DurableObjectException(404, WebhookErrorCodes.UnknownSource, WhyUnknown());
        Check(webhook.Id.Length, "id", WebhookLimits.IdCharacters);
        Check(webhook.Type.Length, "type", WebhookLimits.TypeCharacters);
        Check(webhook.Body.Length, "body", WebhookLimits.BodyBytes);
        if (_tables.Find(webhook.Id) is not null)
        {
            return Task.FromResult(false);
        }
        QueueRow queue = _tables.Queue();
        if (queue.Open >= source.MaxWaiting)
        {
            throw Full($"{queue.Open:N0} deliveries wait or are dead letters; the limit is {source.MaxWaiting:N0}");
        }
        MakeRoom(queue, webhook.Body.Length);
        _tables.Insert(webhook, Context.Now);
        GoOn();
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<AttemptPermit> Attempting(string workflow, int attempt)
    {
        RequireHost();
        DeliveryRow row = _tables.Running() is { } running && running.Workflow == workflow
            ? running
            : throw new DurableObjectException(
                409, WebhookErrorCodes.NotRunning, "The delivery was ended or begun anew, so the attempt is not made.");
        WebhookAttempt? done = _tables.Attempts(row).FirstOrDefault(
            one => one.Round == row.Round && one.Outcome is WebhookAttemptOutcome.Delivered or WebhookAttemptOutcome.Unhandled);
        long number = done is null ? _tables.Begin(row, attempt, Context.Now) : 0;
        return Task.FromResult(new AttemptPermit(number, done?.Outcome, row.Id, row.Type, row.SignedAt, row.KeptHeaders));
    }

    /// <inheritdoc/>
    public Task Attempted(long number, AttemptResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        RequireHost();
        _tables.End(
            number, result with { Error = TraceText.Of(result.Error), Response = TraceText.Of(result.Response) }, Context.Now);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<byte[]?> Content(string id)
    {
        RequireHost();
        return Task.FromResult(_tables.Body(id));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<WebhookQueueStatus> Status()
    {
        QueueRow queue = _tables.Queue();
        return Task.FromResult(new WebhookQueueStatus(
            _tables.Count(WebhookDeliveryState.Waiting), _tables.Count(WebhookDeliveryState.Dead), _tables.Running()?.Id, queue.Bytes,
            queue.Stop, queue.StoppedAt, queue.Stop switch
            {
                WebhookQueueStop.DeadLetter => "It stopped at a dead letter: have that delivered again, skip it, or resume.",
                WebhookQueueStop.UnknownSource => WhyUnknown(),
                _ => null,
            }));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<WebhookDeliveryPage> Deliveries(WebhookDeliveryState? state = null, int limit = 100, string? cursor = null)
    {
        if (limit is < 1 or > WebhookLimits.PageDeliveries)
        {
            throw Invalid($"'limit' is {limit}; it must be 1 to {WebhookLimits.PageDeliveries}.");
        }
        long before = long.MaxValue;
        if (cursor is not null && !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before))
        {
            throw Invalid("'cursor' is not one that a page came with.");
        }
        IReadOnlyList<DeliveryRow> rows = _tables.Page(state, before, limit + 1);
        return Task.FromResult(new WebhookDeliveryPage(
            [.. rows.Take(limit).Select(row => row.ToDelivery())],
            rows.Count > limit ? rows[limit - 1].Sequence.ToString(CultureInfo.InvariantCulture) : null));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<WebhookDelivery?> Delivery(string id) =>
        Task.FromResult(_tables.Find(id) is { } row ? row.ToDelivery(_tables.Attempts(row)) : null);

    /// <inheritdoc/>
    public Task<int> Redeliver(IReadOnlyList<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count is < 1 or > WebhookLimits.PageDeliveries)
        {
            throw Invalid($"'ids' are {ids.Count}; they must be 1 to {WebhookLimits.PageDeliveries}.");
        }
        List<DeliveryRow> rows = [.. ids.Distinct(StringComparer.Ordinal).Select(Known)];
        foreach (DeliveryRow row in rows)
        {
            if (row.State is WebhookDeliveryState.Waiting or WebhookDeliveryState.Running)
            {
                throw new DurableObjectException(
                    409, WebhookErrorCodes.DeliveryState, $"The delivery '{row.Id}' {Doing(row)} already.");
            }
            if (!row.HasBody)
            {
                throw new DurableObjectException(
                    410, WebhookErrorCodes.BodyGone, $"The body of the delivery '{row.Id}' went to make room; only its trail is kept.");
            }
            _tables.Wait(row);
        }
        int open = _tables.Queue().Open;
        if (rows.Exists(row => !DeliveryRow.IsOpen(row.State)) && Source is { } source && open > source.MaxWaiting)
        {
            throw Full($"{open:N0} deliveries would wait or be dead letters; the limit is {source.MaxWaiting:N0}");
        }
        GoOnFrom([.. rows.Select(row => row.Id)]);
        return Task.FromResult(rows.Count);
    }

    /// <inheritdoc/>
    public Task<int> RedeliverDead()
    {
        int count = _tables.WaitAllDead();
        if (_tables.Queue().Stop == WebhookQueueStop.DeadLetter)
        {
            _tables.Stop(null, null);
        }
        GoOn();
        return Task.FromResult(count);
    }

    /// <inheritdoc/>
    public Task Skip(string id)
    {
        DeliveryRow row = Known(id);
        switch (row.State)
        {
            case WebhookDeliveryState.Running:
                // Its end, which comes back, makes it skipped.
                Context.Workflows.Terminate(row.Workflow!, SkippedBy());
                break;
            case WebhookDeliveryState.Waiting or WebhookDeliveryState.Dead:
                _tables.End(row, WebhookDeliveryState.Skipped, Context.Now, SkippedBy());
                GoOnFrom([id]);
                WakeBy(Context.Now + Retention());
                break;
            default:
                throw new DurableObjectException(409, WebhookErrorCodes.DeliveryState, $"The delivery '{id}' {Doing(row)}.");
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> Resume()
    {
        bool hadStopped = _tables.Queue().Stop is not null;
        if (hadStopped)
        {
            _tables.Stop(null, null);
            GoOn();
        }
        return Task.FromResult(hadStopped);
    }

    /// <summary>Takes note of the end of a delivery's workflow. For workflows alone.</summary>
    public Task Ended(WorkflowStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        RequireWorkflow();
        if (status.HasEnded && _tables.Running() is { } row && row.Workflow == status.Id)
        {
            End(row, status);
            GoOn();
        }
        return Task.CompletedTask;
    }

    /// <summary>Takes note of where a workflow stands that was asked; null if there is none. For workflows alone.</summary>
    public Task Stands(WorkflowStatus? status)
    {
        RequireWorkflow();
        if (status is not null)
        {
            return Ended(status);
        }
        if (_tables.Running() is { } row && Context.Caller.IsWorkflowOf(row.Workflow!))
        {
            _tables.Wait(row);
            GoOn();
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        _tables.Trim(Context.Now - Retention(), TrimAtOnce);
        GoOn();
        if (_tables.Running() is { Workflow: { } workflow } row && row.StartedAt <= Context.Now - WatchEvery)
        {
            Context.Workflows.Query(workflow, nameof(Stands));
        }
        if (_tables.OldestEnd() is { } oldest)
        {
            DateTimeOffset due = oldest + Retention();
            // What is due already was too much for this turn.
            WakeBy(due <= Context.Now || due > Context.Now + TrimEvery ? due : Context.Now + TrimEvery);
        }
        if (_tables.Running() is not null || _tables.Queue().Stop == WebhookQueueStop.UnknownSource)
        {
            WakeBy(Context.Now + WatchEvery);
        }
        return ValueTask.CompletedTask;
    }

    private static void Check(int size, string name, int limit)
    {
        if (size > limit)
        {
            throw Invalid($"'{name}' of the webhook has a size of {size:N0}; the limit is {limit:N0}.");
        }
    }

    private static string Doing(DeliveryRow row) => row.State switch
    {
        WebhookDeliveryState.Waiting => "waits",
        WebhookDeliveryState.Running => "runs",
        _ => $"has ended, as {row.State.ToString().ToLowerInvariant()}",
    };

    private static DurableObjectException Invalid(string message) => new(400, ErrorCodes.InvalidArgument, message);

    private static DurableObjectException Full(string why) => new(503, ErrorCodes.Overloaded, $"The queue is full: {why}.")
    {
        Retryable = true,
        Overloaded = true,
        RetryAfter = RetryFull,
    };

    private void RequireHost()
    {
        if (!Context.Caller.IsInRole(Caller.Administrator))
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, "This is for the host and for administrators.");
        }
    }

    private void RequireWorkflow()
    {
        if (!Context.Caller.IsWorkflow)
        {
            RequireHost();
        }
    }

    private DeliveryRow Known(string id) => _tables.Find(id)
        ?? throw new DurableObjectException(404, WebhookErrorCodes.UnknownDelivery, $"There is no delivery '{TraceText.Of(id)}'.");

    private string WhyUnknown() => $"The source '{TraceText.Of(SourceName)}' is not configured under {WebhookSources.Section}.";

    private string SkippedBy() => $"Skipped by {Context.Caller.Id ?? "an anonymous caller"}.";

    private TimeSpan Retention() => Source?.Retention ?? Limits.Retention;

    private void MakeRoom(QueueRow queue, int bytes)
    {
        long excess = queue.Bytes + bytes - WebhookLimits.QueueBytes;
        if (excess <= 0)
        {
            return;
        }
        _tables.DropBodies(excess);
        if (_tables.Queue().Bytes + bytes > WebhookLimits.QueueBytes)
        {
            throw Full($"bodies of {queue.Bytes:N0} bytes wait; the limit is {WebhookLimits.QueueBytes:N0} bytes");
        }
    }

    /// <summary>Goes on if it stopped at one of these.</summary>
    private void GoOnFrom(IReadOnlyList<string> ids)
    {
        if (_tables.Queue() is { Stop: WebhookQueueStop.DeadLetter, StoppedAt: { } at } && ids.Contains(at))
        {
            _tables.Stop(null, null);
        }
        GoOn();
    }

    /// <summary>Begins the next delivery, unless one runs, none waits, or the queue has stopped.</summary>
    private void GoOn()
    {
        WebhookQueueStop? stop = _tables.Queue().Stop;
        if (stop == WebhookQueueStop.DeadLetter || _tables.Running() is not null || _tables.NextWaiting() is not { } next)
        {
            return;
        }
        if (Source is not { } source)
        {
            _tables.Stop(WebhookQueueStop.UnknownSource, null);
            WakeBy(Context.Now + WatchEvery);
            return;
        }
        if (stop is not null)
        {
            _tables.Stop(null, null);
        }
        DeliveryRow? first = next;
        // What nobody would take needs no workflow to find that out.
        for (; first is not null && source.ForwardTo is null && !handlers.Has(source.Name, first.Type); first = _tables.NextWaiting())
        {
            _tables.End(first, WebhookDeliveryState.Unhandled, Context.Now, null);
            WakeBy(Context.Now + Retention());
        }
        if (first is null)
        {
            return;
        }
        string workflow = $"webhook-{WorkflowId.New(Context.Clock)}";
        _tables.Start(first, workflow, Context.Now);
        Context.Workflows.Start(WebhookWorkflow.Name, workflow, OrderOf(source, first), nameof(Ended));
        WakeBy(Context.Now + WatchEvery);
    }

    /// <summary>The circuit breaker is that of the target, which all sources share that forward to it.</summary>
    private WebhookOrder OrderOf(WebhookSource source, DeliveryRow row) => new(
        Context.Name!,
        new RetryPolicy
        {
            MaxAttempts = source.MaxAttempts,
            FirstDelay = source.FirstDelay,
            MaxDelay = source.MaxDelay,
            Factor = source.Factor,
            Jitter = source.Jitter,
            DoNotRetry = [WebhookErrorCodes.Rejected, WebhookErrorCodes.NotRunning],
        },
        source.AttemptTimeout,
        handlers.Has(source.Name, row.Type) ? null : source.ForwardTo?.Authority);

    private void End(DeliveryRow row, WorkflowStatus status)
    {
        string? error = status.Error is { } failure ? TraceText.Of($"{failure.Code}: {failure.Message}") : null;
        if (status.State == WorkflowState.Completed)
        {
            WebhookAttemptOutcome outcome = status.Output?.Deserialize<WebhookAttemptOutcome>(ObjectJson.Options) ?? default;
            _tables.End(
                row, outcome == WebhookAttemptOutcome.Unhandled ? WebhookDeliveryState.Unhandled : WebhookDeliveryState.Delivered,
                Context.Now, null);
        }
        else if (status.State == WorkflowState.Terminated)
        {
            _tables.End(row, WebhookDeliveryState.Skipped, Context.Now, error);
        }
        else if (status.Error?.Code == WebhookErrorCodes.UnknownSource)
        {
            _tables.Wait(row);
            return;
        }
        else
        {
            _tables.End(row, WebhookDeliveryState.Dead, Context.Now, error);
            if (Source?.OnDeadLetter == DeadLetterPolicy.Stop)
            {
                _tables.Stop(WebhookQueueStop.DeadLetter, row.Id);
            }
        }
        WakeBy(Context.Now + Retention());
    }

    private void WakeBy(DateTimeOffset time)
    {
        if (Storage.GetAlarm() is not { } alarm || alarm > time)
        {
            Storage.SetAlarm(time);
        }
    }
}
