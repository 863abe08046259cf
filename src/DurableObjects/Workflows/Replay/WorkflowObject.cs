using System.Text;
using System.Text.Json;
using DurableObjects.Classes;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

/// <summary>
/// A workflow as an object of the runtime's own: its history lives in its storage, its timers are its alarm, its attempts wait in its
/// outbox. In each turn it takes note of what has happened, gives it to the workflow's code, and records what that asks for.
/// </summary>
/// <remarks>
/// The code stays in memory between turns, since to run it from the beginning each time would take the square of its length; a field may
/// hold it, as it is made anew from the history when the object wakes.
/// </remarks>
[DurableObject(WorkflowCommand.ClassName)]
[RuntimeClass]
internal sealed class WorkflowObject(ObjectContext context, WorkflowRun run, WorkflowOptions options) : DurableObject(context)
{
    private static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly WorkflowTables _tables = new(context.Storage);
    private ReplayEngine? _code;
    private WorkflowRow? _row;
    private bool _hasRow;

    protected internal override IReadOnlyList<string> Migrations => WorkflowTables.Migrations;

    private string Id => Context.Name!;

    /// <summary>The workflow; null if there is none.</summary>
    private WorkflowRow? Row
    {
        get
        {
            if (!_hasRow)
            {
                (_row, _hasRow) = (_tables.Find(), true);
            }
            return _row;
        }
        set => (_row, _hasRow) = (value, true);
    }

    /// <summary>Does what was asked of it. Whether it did: a start finds another of that id, everything else one that has ended.</summary>
    /// <exception cref="DurableObjectException">There is no such workflow (404).</exception>
    public bool Command(WorkflowCommand command)
    {
        command.Check();
        if (command.Verb == WorkflowVerb.Start)
        {
            return Start(command);
        }
        if (command.Verb == WorkflowVerb.Query)
        {
            Reply(command.ReplyTo, Row is null ? null : Describe(true));
            return true;
        }
        if (Row is null && command.Verb != WorkflowVerb.Raise && Context.Caller.IsInRole(Caller.Object))
        {
            // Nobody waits for the answer, and behind it the sender may have sent the start. An event may be in front of its own.
            Context.Logger.CommandInVain(command.Verb, Id);
            return false;
        }
        WorkflowRow row = Row ?? throw new DurableObjectException(404, ErrorCodes.UnknownWorkflow, $"There is no workflow '{Id}'.");
        if (row.HasEnded)
        {
            return false;
        }
        switch (command.Verb)
        {
            case WorkflowVerb.Raise:
                if (_tables.Untaken() >= Limits.WaitingEvents)
                {
                    throw new DurableObjectException(
                        503, ErrorCodes.Overloaded, $"{Limits.WaitingEvents:N0} events wait for '{Id}' to take them, which is the limit.")
                    { Retryable = true, Overloaded = true };
                }
                GoOn(Happened(0, command.Name, StepOutcome.Of(command.Payload)));
                break;
            case WorkflowVerb.Terminate:
                string reason = command.Reason is { Length: > 0 } given ? given : "It was terminated.";
                End(WorkflowState.Terminated, null, new Failure(500, ErrorCodes.WorkflowTerminated, reason, false, false, null));
                break;
            case WorkflowVerb.Suspend when row.State != WorkflowState.Suspended:
                Row = row with { State = WorkflowState.Suspended, Updated = Now() };
                _tables.Progress(Row);
                Storage.DeleteAlarm();
                Label();
                break;
            case WorkflowVerb.Resume when row.State == WorkflowState.Suspended:
                Row = row with { State = WorkflowState.Running, Updated = Now() };
                _tables.Hold(row.Fed, Row.Updated);
                Label();
                GoOn();
                break;
        }
        return true;
    }

    /// <summary>Records what has come of an attempt, or of a child.</summary>
    public void Record(int execution, long number, StepOutcome outcome)
    {
        Context.Objects.Settle(ActivityPort.Of(number), execution, number);
        if (Row is { HasEnded: false } row && row.Execution == execution && _tables.End(number, Now(), outcome, isCancelled: false))
        {
            GoOn(Happened(number, null, outcome));
        }
    }

    /// <summary>Where it stands; null if there is no such workflow.</summary>
    /// <param name="steps">Whether with its steps.</param>
    /// <param name="payloads">Whether with its input and output.</param>
    [ReadOnlyMethod]
    public WorkflowStatus? Describe(bool steps, bool payloads = true) => Row is { } row
        ? new WorkflowStatus(Id, row.Name, row.State, row.Created)
        {
            UpdatedAt = row.Updated,
            EndedAt = row.Ended,
            Input = payloads ? _tables.Payload(WorkflowPayload.Input) : null,
            Output = payloads ? _tables.Payload(WorkflowPayload.Output) : null,
            Error = row.Error is { } error ? new WorkflowError(error.Code, error.Detail) : null,
            Steps = steps ? _tables.Steps() : null,
        }
        : null;

    protected internal override ValueTask OnAlarm(AlarmInfo alarm)
    {
        if (Row is not { } row)
        {
            return ValueTask.CompletedTask;
        }
        if (row.HasEnded)
        {
            Storage.DeleteAll();
            (_row, _hasRow, _code) = (null, false, null);
            return ValueTask.CompletedTask;
        }
        DateTimeOffset now = Now();
        foreach (long number in _tables.Due(now))
        {
            _tables.End(number, now, null, isCancelled: false);
            _tables.Happened(now, number, null, null);
        }
        GoOn();
        return ValueTask.CompletedTask;
    }

    private bool Start(WorkflowCommand command)
    {
        if (Row is not null)
        {
            if (command.Parent is { } other)
            {
                Tell(other, StepOutcome.Failed(new DurableObjectException(
                    409, ErrorCodes.WorkflowExists, $"There is a workflow '{Id}' already.")));
            }
            return false;
        }
        DateTimeOffset now = Now();
        Row = new WorkflowRow(command.Name!, WorkflowState.Running, FirstExecution(now), now, 0)
        {
            Created = now,
            Updated = now,
            Reply = command.ReplyTo,
            Parent = command.Parent,
        };
        _tables.Insert(Row);
        _tables.Put(WorkflowPayload.Input, command.Payload);
        Label();
        GoOn();
        return true;
    }

    private Happening Happened(long number, string? name, StepOutcome outcome)
    {
        DateTimeOffset now = Now();
        return new Happening(_tables.Happened(now, number, name, name is null ? null : outcome.Value), now, number, name, outcome);
    }

    /// <summary>Gives the code what has happened and it has not seen, records what it asks for, and ends it if it has ended.</summary>
    /// <param name="newest">What has just happened, if it is one thing: most often all that the code has not seen.</param>
    private void GoOn(Happening? newest = null)
    {
        if (Row!.State == WorkflowState.Suspended)
        {
            return;
        }
        WorkflowRow before = Row;
        try
        {
            Storage.Transaction(() =>
            {
                while (Feed(newest))
                {
                    // It has continued as new.
                    newest = null;
                }
            });
        }
        catch (WorkflowChangedException changed)
        {
            Stop(before, new Failure(500, ErrorCodes.WorkflowChanged, changed.Message, false, false, null));
        }
        catch (DurableObjectException error) when (!error.Retryable && (error.Status < 500 || error.Code == ErrorCodes.StorageFull))
        {
            // What it wants cannot be recorded, and could not be the next time either.
            Stop(before, Failure.From(error));
        }
    }

    /// <summary>Ends it as of before its code went on.</summary>
    private void Stop(WorkflowRow before, Failure failure)
    {
        Context.Logger.WorkflowStopped(Id, failure.Detail);
        Row = before;
        End(WorkflowState.Failed, null, failure.Short());
    }

    /// <summary>Whether the code wants to begin anew.</summary>
    private bool Feed(Happening? newest)
    {
        WorkflowRow row = Row!;
        ReplayEngine code = _code ??= Replay(row);
        long fed = row.Fed;
        Take(code);
        foreach (Happening happening in newest?.Sequence == fed + 1 ? [newest] : _tables.Happenings(fed, long.MaxValue))
        {
            if (code.Outcome is not null)
            {
                break;
            }
            code.Feed(happening);
            fed = happening.Sequence;
            Take(code);
        }
        Row = row = row with { Fed = fed, Updated = Now() };
        if (code.Outcome is not { } outcome)
        {
            _tables.Progress(row);
            if (_tables.NextDue() is { } due)
            {
                Storage.SetAlarm(due);
            }
            else
            {
                Storage.DeleteAlarm();
            }
            return false;
        }
        _code = null;
        if (outcome.Error is null && code.Next is { IsAsked: true } next)
        {
            IReadOnlyList<Happening> untaken =
                [.. code.Untaken, .. _tables.Happenings(fed, long.MaxValue).Where(one => one.Event is not null)];
            Row = row with { Execution = row.Execution + 1, Begun = Now(), Fed = 0 };
            _tables.Renew(Row, untaken);
            _tables.Put(WorkflowPayload.Next, next.Input ?? JsonSerializer.SerializeToElement<object?>(null));
            return true;
        }
        End(outcome.Error is null ? WorkflowState.Completed : WorkflowState.Failed, outcome.Value, outcome.Error);
        return false;
    }

    /// <summary>The code, brought to where it was.</summary>
    private ReplayEngine Replay(WorkflowRow row)
    {
        IReadOnlyList<Operation> history = _tables.Operations();
        bool isNew = row.Fed == 0 && history.Count == 0;
        if (!isNew)
        {
            run.Check(row.Name);
        }
        ReplayEngine code = new(Id, row.Name, row.Execution, isNew ? null : history);
        code.Begin(run, _tables.Payload(WorkflowPayload.Next) ?? _tables.Payload(WorkflowPayload.Input), row.Begun);
        if (!isNew)
        {
            foreach (Happening happening in _tables.Happenings(0, row.Fed))
            {
                code.Feed(happening);
            }
            code.HasCaughtUp();
        }
        return code;
    }

    /// <summary>Records what the code asks for, and asks for it.</summary>
    private void Take(ReplayEngine code)
    {
        foreach (ReplayEngine.Request request in code.TakeRequests())
        {
            if (request.IsEnded)
            {
                _tables.End(request.Number, code.Now, null, request.IsCancelled);
                continue;
            }
            _tables.Insert(request.Operation!, code.Now, request.Due);
            if (request.Attempt is { } attempt)
            {
                Context.Objects.Request(
                    ActivityPort.Of(request.Number), Row!.Execution, request.Number,
                    JsonSerializer.SerializeToUtf8Bytes(attempt, ObjectJson.Options));
            }
            else if (request.Child is var (id, command))
            {
                Context.Objects.Post(
                    ObjectAddress.OfName(WorkflowCommand.ClassName, id), WorkflowCommand.Method,
                    JsonSerializer.SerializeToUtf8Bytes(new[] { command }, ObjectJson.Options));
            }
            else if (request.Signal is var (receiver, method, arguments))
            {
                Context.Objects.Post(receiver, method, Encoding.UTF8.GetBytes(arguments.GetRawText()));
            }
        }
    }

    private void End(WorkflowState state, JsonElement? output, Failure? error)
    {
        _code = null;
        Row = Row! with { State = state, Updated = Now(), Ended = Now(), Error = error };
        _tables.End(Row);
        _tables.Put(WorkflowPayload.Output, output);
        Label();
        Storage.SetAlarm(Now() + options.Retention);
        if (Row.Parent is { } parent)
        {
            Tell(parent, new StepOutcome(output, error));
        }
        Reply(Row.Reply, Describe(false));
    }

    private void Tell(WorkflowParent parent, StepOutcome outcome) => Context.Objects.Post(
        ObjectAddress.OfName(WorkflowCommand.ClassName, parent.WorkflowId), "record",
        JsonSerializer.SerializeToUtf8Bytes(new object[] { parent.Execution, parent.Number, outcome }, ObjectJson.Options));

    private void Reply(WorkflowReply? to, WorkflowStatus? status)
    {
        if (to is null)
        {
            return;
        }
        byte[] arguments = JsonSerializer.SerializeToUtf8Bytes(new object?[] { status }, ObjectJson.Options);
        if (arguments.Length > Limits.RequestBytes)
        {
            arguments = JsonSerializer.SerializeToUtf8Bytes(new object?[] { status! with { Steps = null } }, ObjectJson.Options);
        }
        Context.Objects.Post(ObjectAddress.OfKey(to.ObjectClass, to.ObjectKey), to.Method, arguments);
    }

    /// <summary>
    /// The number of the first execution: one that no earlier workflow of this id has had, for numbers made of it tell what is the one's from
    /// what was the other's.
    /// </summary>
    private static int FirstExecution(DateTimeOffset now) => (int)(now - Epoch).TotalSeconds;

    private void Label() => Storage.SetLabel(WorkflowObjects.LabelOf(Row!.Name, Row.State));

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(Context.Now.ToUnixTimeMilliseconds());
}
