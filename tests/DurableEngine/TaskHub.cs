using System.Globalization;
using DurableObjects.DurableEngine.Entities;
using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine;

/// <summary>
/// The storage of a task hub: entities, orchestrations, and the messages between them. Who drives it decides when a message is delivered,
/// who runs what, and what goes wrong: a message may be delivered twice, a batch be given to two workers, a checkpoint be lost.
/// </summary>
/// <param name="clock">The platform's clock.</param>
/// <param name="options">How it behaves.</param>
public sealed partial class TaskHub(TimeProvider clock, HubOptions options)
{
    private readonly Lock _lock = new();
    private readonly List<HubMessage> _transit = [];
    private readonly Dictionary<string, EntityInstance> _entities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OrchestrationInstance> _orchestrations = new(StringComparer.Ordinal);
    private readonly List<ActivityRequest> _activities = [];
    private readonly Dictionary<string, HubFigures> _figures = new(StringComparer.Ordinal);
    private long _lastNumber;
    private long _lastStamp;

    /// <summary>Told, outside of any lock, that there may be something to deliver or to run.</summary>
    public Action? Changed { get; set; }

    /// <summary>The platform's clock.</summary>
    public TimeProvider Clock => clock;

    /// <summary>
    /// Whether a replay fails if an input or a time is not what it was. The platform compares kinds and names alone; but nothing of ours may do
    /// that, unless a test is about it.
    /// </summary>
    public bool ComparesInputs { get; set; } = true;

    /// <summary>What all instances have cost.</summary>
    public HubFigures Total => FiguresOf("");

    /// <summary>What is on its way, oldest first.</summary>
    public IReadOnlyList<HubMessage> InTransit
    {
        get
        {
            lock (_lock)
            {
                return [.. _transit];
            }
        }
    }

    /// <summary>Orchestrations that have not ended.</summary>
    public IReadOnlyList<string> RunningOrchestrations
    {
        get
        {
            lock (_lock)
            {
                return [.. _orchestrations.Values
                    .Where(one => one.IsGoingOn || one.Row is { Status: OrchestrationRuntimeStatus.Pending })
                    .Select(one => one.Id)];
            }
        }
    }

    /// <summary>What an instance has cost; a copy.</summary>
    public HubFigures FiguresOf(string instanceId)
    {
        lock (_lock)
        {
            return Figures(instanceId) with { };
        }
    }

    /// <summary>What is now on its way and may be delivered, oldest first.</summary>
    public IReadOnlyList<HubMessage> Deliverable()
    {
        DateTimeOffset now = clock.GetUtcNow();
        lock (_lock)
        {
            return [.. _transit.Where(one => one.Visible <= now && !IsBehind(one))];
        }
    }

    /// <summary>Delivers a message.</summary>
    /// <param name="message">One that is on its way.</param>
    /// <param name="again">Whether it will be delivered once more.</param>
    public void Deliver(HubMessage message, bool again = false)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_lock)
        {
            int index = _transit.FindIndex(one => one.Number == message.Number);
            if (index < 0)
            {
                throw new ArgumentException("The message is not on its way.", nameof(message));
            }
            if (!again)
            {
                _transit.RemoveAt(index);
            }
            switch (message)
            {
                case EntitySignal signal:
                    Entity(signal.Entity).Queue.Add(signal);
                    break;
                case ActivityRequest activity:
                    _activities.Add(activity);
                    break;
                default:
                    Orchestration(message.Target).Queue.Add(message);
                    break;
            }
        }
    }

    /// <summary>Entities that have something to do and nobody who does it.</summary>
    public IReadOnlyList<EntityInstanceId> ReadyEntities()
    {
        lock (_lock)
        {
            return [.. _entities.Values.Where(one => one.Running is null && one.Queue.Count > 0).Select(one => one.Id)];
        }
    }

    /// <summary>Entities of which a batch runs.</summary>
    public IReadOnlyList<EntityInstanceId> BusyEntities()
    {
        lock (_lock)
        {
            return [.. _entities.Values.Where(one => one.Running is not null).Select(one => one.Id)];
        }
    }

    /// <summary>Orchestrations that have something to do and nobody who does it.</summary>
    public IReadOnlyList<string> ReadyOrchestrations()
    {
        lock (_lock)
        {
            return [.. _orchestrations.Values
                .Where(one => one.Running is null && one.Queue.Any(message => !one.IsEarly(message)))
                .Select(one => one.Id)];
        }
    }

    /// <summary>Gives out a batch of an entity. If one runs, it is given up for dead, but may yet end.</summary>
    /// <param name="id">The entity.</param>
    /// <param name="messages">How many messages to take at most.</param>
    public EntityWork? TakeEntity(EntityInstanceId id, int messages = int.MaxValue)
    {
        lock (_lock)
        {
            EntityInstance entity = Entity(id);
            if (entity.Queue.Count == 0)
            {
                return null;
            }
            EntityWork work = new(entity, [.. entity.Queue.Take(messages)], options.MaxOperations);
            entity.Running = work;
            Count(id.ToString(), figures =>
            {
                figures.Batches++;
                figures.Operations += work.Operations.Count;
            });
            return work;
        }
    }

    /// <summary>
    /// Sends what a batch wants sent. It comes before the checkpoint, and happens even if there never is one.
    /// </summary>
    public void Send(EntityWork work, EntityResult result)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(result);
        DateTimeOffset now = clock.GetUtcNow();
        string sender = work.Id.ToString();
        lock (_lock)
        {
            bool isLate = work.Entity.Running != work;
            foreach ((EntitySignal operation, OperationResult outcome) in work.Operations.Zip(result.Results))
            {
                Answer(operation, outcome);
            }
            foreach (EntityAction action in result.Actions)
            {
                switch (action)
                {
                    case SignalAction { At: { } at } signal:
                        Post(new EntitySignal(signal.Target, signal.Operation, signal.Input) { Visible = at + options.SignalError() });
                        break;
                    case SignalAction signal:
                        Post(new EntitySignal(signal.Target, signal.Operation, signal.Input)
                        {
                            Sender = sender,
                            Label = work.Order.Label(signal.Target.ToString(), _lastStamp = Math.Max(_lastStamp + 1, now.UtcTicks)),
                            IsLate = isLate,
                            Visible = now,
                        });
                        break;
                    case StartAction start:
                        Post(new OrchestrationStart(start.InstanceId, NewExecution(), start.Name, start.Input)
                        {
                            Visible = start.At ?? now,
                            At = now.UtcDateTime,
                        });
                        break;
                }
                Count(sender, figures =>
                {
                    figures.Signals += action is SignalAction ? 1 : 0;
                    figures.Starts += action is StartAction ? 1 : 0;
                });
            }
        }
        Changed?.Invoke();
    }

    /// <summary>Makes a batch durable, unless another worker did so with the same state; whether it did.</summary>
    public bool Checkpoint(EntityWork work, EntityResult result)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(result);
        lock (_lock)
        {
            EntityInstance entity = work.Entity;
            if (entity.Version != work.Version)
            {
                Abandon(work);
                return false;
            }
            entity.Version++;
            entity.State = result.State;
            entity.Order = work.Order;
            entity.LastModified = clock.GetUtcNow();
            entity.Running = null;
            foreach (EntitySignal taken in work.Taken)
            {
                entity.Queue.Remove(taken);
            }
            Count(work.Id.ToString(), figures =>
            {
                figures.Checkpoints++;
                figures.LongestState = Math.Max(figures.LongestState, result.State?.Length ?? 0);
            });
        }
        Changed?.Invoke();
        return true;
    }

    /// <summary>The worker is gone, or its checkpoint was lost: the messages are there for the next.</summary>
    public void Abandon(EntityWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_lock)
        {
            if (work.Entity.Running == work)
            {
                work.Entity.Running = null;
            }
            Count(work.Id.ToString(), figures => figures.LostCheckpoints++);
        }
        Changed?.Invoke();
    }

    /// <summary>
    /// The worker died while it ran the batch, and the platform noticed: the operations have failed, and do not come again. Callers are told,
    /// senders of signals are not. That is what a crash of the isolated worker's process does.
    /// </summary>
    public void Consume(EntityWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_lock)
        {
            if (work.Entity.Version != work.Version)
            {
                Abandon(work);
                return;
            }
            OperationResult died = new(null, TaskFailureDetails.FromException(new InvalidOperationException("The worker died.")));
            foreach (EntitySignal operation in work.Operations)
            {
                Answer(operation, died);
            }
            Checkpoint(work, new EntityResult(work.State, [], [], []));
        }
        Changed?.Invoke();
    }

    /// <summary>Puts messages of a batch that is durable into the queue again, as if they had not been deleted.</summary>
    public void Redeliver(EntityWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_lock)
        {
            work.Entity.Queue.AddRange(work.Taken);
        }
        Changed?.Invoke();
    }

    /// <summary>
    /// A worker that was given up for dead stamps its signals when it comes back. If one overtook what its successor had sent before, the
    /// platform would take the latter for duplicates and drop them. That takes a second fault, of the queue; this engine does not have both.
    /// </summary>
    private bool IsBehind(HubMessage message) =>
        message is EntitySignal { IsLate: true } late
        && _transit.Any(one => one.Number < late.Number && one is EntitySignal before && before.Sender == late.Sender && before.Entity == late.Entity);

    private EntityInstance Entity(EntityInstanceId id)
    {
        if (!_entities.TryGetValue(id.ToString(), out EntityInstance? entity))
        {
            _entities.Add(id.ToString(), entity = new EntityInstance(id));
        }
        return entity;
    }

    private void Answer(EntitySignal operation, OperationResult outcome)
    {
        if (operation.Caller is { } caller)
        {
            PostNews(
                caller.InstanceId,
                caller.Execution,
                outcome.Failure is { } failure ? new Threw(caller.TaskId, failure) : new Returned(caller.TaskId, outcome.Text));
        }
    }

    private void Post(HubMessage message) => _transit.Add(message with { Number = ++_lastNumber });

    private string NewExecution() => (++_lastNumber).ToString("x", CultureInfo.InvariantCulture);

    private void Count(string instanceId, Action<HubFigures> count)
    {
        count(Figures(instanceId));
        count(Figures(""));
    }

    private HubFigures Figures(string instanceId)
    {
        if (!_figures.TryGetValue(instanceId, out HubFigures? figures))
        {
            _figures.Add(instanceId, figures = new HubFigures());
        }
        return figures;
    }
}
