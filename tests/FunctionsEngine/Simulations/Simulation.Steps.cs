using System.Globalization;
using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Entities;
using DurableObjects.DurableEngine.Orchestrations;
using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Wire;
using DurableObjects.Functions.Workflows;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Turns;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.FunctionsEngine.Simulations;

// One thing after the other.
public sealed partial class Simulation
{
    /// <summary>Does one of the things that can be done now; whether there was one.</summary>
    /// <param name="mayWait">Whether waiting for the next time is one of them.</param>
    public async Task<bool> StepAsync(bool mayWait = true)
    {
        List<(int Weight, Func<Task> Do)> can = [];
        IReadOnlyList<HubMessage> deliverable = Hub.Deliverable();
        if (deliverable.Count > 0)
        {
            can.Add((10, () => Deliver(Faults == Faults.None ? deliverable[0] : Pick(deliverable))));
        }
        IReadOnlyList<EntityInstanceId> ready = Hub.ReadyEntities();
        if (ready.Count > 0)
        {
            can.Add((6, () => StartAsync(Pick(ready))));
        }
        IReadOnlyList<string> orchestrations = Hub.ReadyOrchestrations();
        if (orchestrations.Count > 0)
        {
            can.Add((6, () => Orchestrate(Pick(orchestrations))));
        }
        IReadOnlyList<RunningBatch> mayGoOn = [.. _batches.Where(one => !one.IsHeldUp || _continuesHeldUp)];
        if (mayGoOn.Count > 0)
        {
            can.Add((6, () => ContinueAsync(Pick(mayGoOn))));
        }
        AddActivities(can);
        if (can.Count == 0 && (!mayWait || NextTime() is null))
        {
            return false;
        }
        if (mayWait && (NextTime() is not null || Faults != Faults.None))
        {
            can.Add((can.Count == 0 ? 1 : 2, Wait));
        }
        AddFaults(can);
        int roll = Random.Next(can.Sum(one => one.Weight));
        foreach ((int weight, Func<Task> action) in can)
        {
            if (roll < weight)
            {
                await action();
                break;
            }
            roll -= weight;
        }
        return true;
    }

    /// <summary>Called from within a handler: it never ends, and time goes on until it is given up.</summary>
    public Task HangAsync() => _current!.HangAsync();

    /// <summary>Called at a request: the worker dies there.</summary>
    public async ValueTask DieHereAsync()
    {
        if (_current is { } batch)
        {
            await batch.StopAsync(dies: true);
            throw new WorkerKilledException();
        }
    }

    /// <summary>Called at a request: the batch is held up there until <see cref="SettleAsync"/> lets it go on.</summary>
    public async Task HoldUpAsync()
    {
        RunningBatch batch = _current!;
        batch.IsHeldUp = true;
        _continuesHeldUp = false;
        await batch.StopAsync(dies: false);
    }

    /// <summary>Gives the batch that is held up to another worker as well.</summary>
    public Task TakeOverAsync()
    {
        RunningBatch old = _batches.Single(one => one.IsHeldUp);
        return StartAsync(old.Work.Id, old.Worker);
    }

    /// <summary>
    /// Has an entity take all that is there for it as one batch on the first worker; its messages are sent, its checkpoint is lost.
    /// </summary>
    public async Task LoseNextCheckpointAsync(EntityInstanceId id)
    {
        foreach (HubMessage message in Hub.Deliverable().Where(one => one.Target == id.ToString()))
        {
            Hub.Deliver(message);
        }
        EntityWork work = Hub.TakeEntity(id) ?? throw new InvalidOperationException($"There is nothing to do for {id}.");
        Hub.Send(work, await work.RunAsync(_workers[0].CreateObject));
        Hub.Abandon(work);
    }

    /// <summary>Has an entity take all that is there for it as one batch on the first worker, with nothing going wrong.</summary>
    public async Task RunNextAsync(EntityInstanceId id)
    {
        foreach (HubMessage message in Hub.Deliverable().Where(one => one.Target == id.ToString()))
        {
            Hub.Deliver(message);
        }
        EntityWork work = Hub.TakeEntity(id) ?? throw new InvalidOperationException($"There is nothing to do for {id}.");
        EntityResult result = await work.RunAsync(_workers[0].CreateObject);
        Hub.Send(work, result);
        Hub.Checkpoint(work, result);
    }

    /// <summary>Delivers what has come for orchestrations, and runs them.</summary>
    public async Task RunOrchestrationsAsync()
    {
        foreach (HubMessage message in Hub.Deliverable().Where(one => !one.Target.StartsWith('@')))
        {
            Hub.Deliver(message);
        }
        foreach (string id in Hub.ReadyOrchestrations())
        {
            await Orchestrate(id);
        }
    }

    /// <summary>
    /// Has the process of a worker die in the batch of an entity that takes all that is there for it, under a host that lives on: the
    /// platform takes the operations for done. Returns their names.
    /// </summary>
    public IReadOnlyList<string> ConsumeNext(EntityInstanceId id)
    {
        foreach (HubMessage message in Hub.Deliverable().Where(one => one.Target == id.ToString()))
        {
            Hub.Deliver(message);
        }
        EntityWork work = Hub.TakeEntity(id) ?? throw new InvalidOperationException($"There is nothing to do for {id}.");
        Hub.Consume(work);
        return [.. work.Operations.Select(one => one.Operation)];
    }

    private void AddFaults(List<(int Weight, Func<Task> Do)> can)
    {
        if (_batches.Count > 0 && Roll(Faults.TakeOver))
        {
            RunningBatch old = Pick(_batches);
            can.Add((6, () => StartAsync(old.Work.Id, old.Worker)));
        }
        if (Roll(Faults.KillIdle))
        {
            can.Add((6, () => KillAsync(Pick(_workers))));
        }
        if (Roll(Faults.Damage))
        {
            can.Add((6, () => Damage(Pick(_workers))));
        }
    }

    private Task Deliver(HubMessage message)
    {
        Hub.Deliver(message, Roll(Faults.DeliverAgain));
        return Task.CompletedTask;
    }

    private Task Wait()
    {
        DateTimeOffset? next = NextTime();
        TimeSpan little = TimeSpan.FromMilliseconds(Random.Next(1, 500));
        Clock.AdvanceTo(next is { } at && Random.Next(2) == 0 ? at : Clock.GetUtcNow() + little);
        return Task.CompletedTask;
    }

    private async Task StartAsync(EntityInstanceId id, SimulatedWorker? other = null)
    {
        int messages = Faults == Faults.None || Random.Next(3) == 0 ? int.MaxValue : Random.Next(1, 8);
        if (Hub.TakeEntity(id, messages) is not { } work)
        {
            return;
        }
        IReadOnlyList<SimulatedWorker> workers = [.. _workers.Where(one => one != other && !_batches.Any(
            batch => batch.Worker == one && batch.Work.Id == id))];
        if (workers.Count == 0)
        {
            Hub.Abandon(work);
            return;
        }
        RunningBatch batch = new(work, Pick(workers));
        _batches.Add(batch);
        Log($"worker {batch.Worker.Number} starts {Short(id)}: {string.Join(", ", work.Operations.Select(one => one.Operation))}");
        _current = batch;
        batch.Task = work.RunAsync(() => id.Name == ObjectKeys.Entity ? batch.Worker.CreateObject() : new RecordingRelay());
        await UntilItStopsAsync(batch);
    }

    private async Task ContinueAsync(RunningBatch batch)
    {
        if (batch.Task.IsCompleted)
        {
            await EndAsync(batch);
            return;
        }
        bool isHanging = batch.IsHanging;
        _current = batch;
        batch.Continue();
        if (isHanging)
        {
            Clock.Advance(Options.TurnDeadline + TimeSpan.FromSeconds(1));
        }
        await UntilItStopsAsync(batch);
    }

    private async Task UntilItStopsAsync(RunningBatch batch)
    {
        await Task.WhenAny(batch.Task, batch.Stopped.Task).WaitAsync(Patience);
        _current = null;
        if (batch.Task.IsCompleted)
        {
            if (!Roll(Faults.DelayResult))
            {
                await EndAsync(batch);
            }
        }
        else if (batch.DiesHere)
        {
            Log($"worker {batch.Worker.Number} dies");
            await KillAsync(batch.Worker);
        }
    }

    private async Task EndAsync(RunningBatch batch)
    {
        _batches.Remove(batch);
        EntityResult result = await batch.Task;
        if (result.Failures.Count > 0)
        {
            throw new InvalidOperationException($"An operation of {batch.Work.Id} threw.", result.Failures[0]);
        }
        if (Roll(Faults.LoseResult))
        {
            Log($"{Short(batch.Work.Id)} on worker {batch.Worker.Number}: lost");
            Hub.Abandon(batch.Work);
            return;
        }
        Hub.Send(batch.Work, result);
        if (Roll(Faults.LoseCheckpoint))
        {
            Log($"{Short(batch.Work.Id)} on worker {batch.Worker.Number}: sent, checkpoint lost");
            Hub.Abandon(batch.Work);
            return;
        }
        bool isDurable = Hub.Checkpoint(batch.Work, result);
        Log($"{Short(batch.Work.Id)} on worker {batch.Worker.Number}: {(isDurable ? "checkpoint" : "too late")}");
        if (!isDurable)
        {
            return;
        }
        if (Roll(Faults.Redeliver))
        {
            Hub.Redeliver(batch.Work);
        }
        if (batch.Work.Id.Name == ObjectKeys.Entity)
        {
            Look(batch.Work.Id, result.State);
        }
    }

    private void Look(EntityInstanceId id, string? text)
    {
        OnCheckpoint?.Invoke(id, text);
        if (HubJson.Converter.Deserialize<ObjectState>(text) is not { } state)
        {
            return;
        }
        foreach (AnswerMark mark in state.Answers ?? [])
        {
            if (!_callsById.TryGetValue(mark.Id, out SimulatedCall? call) || !call.Request.IsAwaited || call.IsForgotten)
            {
                continue;
            }
            Answer answer = WireJson.Unpack<Answer>(
                mark.Payload is { } payload
                    ? Completed(new Functions.Blobs.PayloadStore(Storage).ReadAsync(payload, CancellationToken.None))
                    : Packed.FromText(mark.Inline!));
            if (call.Answer is { } before && Describe(before) != Describe(answer))
            {
                throw new InvalidOperationException($"A call of {call.Address} has two answers: {Describe(before)} and {Describe(answer)}.");
            }
            call.Answer = answer;
        }
    }

    private static string Describe(Answer answer) =>
        answer.Error is { } error ? $"{error.Status} {error.Detail}" : System.Text.Encoding.UTF8.GetString(answer.Json.Span);

    private Task Orchestrate(string id)
    {
        if (Hub.TakeOrchestration(id) is not { } work)
        {
            return Task.CompletedTask;
        }
        SimulatedWorker worker = work.Name == WorkflowOrchestration.Name ? Pick(_workers) : _workers[0];
        OrchestrationResult result = work.Run(async context =>
        {
            if (context.Name.Name == WorkflowOrchestration.Name)
            {
                return await worker.Orchestration.RunAsync(context);
            }
            await AlarmOrchestration.WaitAsync(context);
            return null;
        });
        // Code that has changed is a failure that a test may be about.
        if (result.Failure is { } failure && !failure.IsCausedBy<NonDeterministicOrchestrationException>())
        {
            throw new InvalidOperationException($"The orchestration {id} failed: {failure}");
        }
        Hub.Send(work, result);
        if (Roll(Faults.LoseCheckpoint))
        {
            Hub.Abandon(work);
        }
        else
        {
            Hub.Checkpoint(work, result);
        }
        return Task.CompletedTask;
    }

    /// <summary>Flips bits of one closed database.</summary>
    private Task Damage(SimulatedWorker worker)
    {
        IReadOnlyList<string> files = [.. Directory.GetFiles(worker.Folder, "*.sqlite", SearchOption.AllDirectories).Order()
            .Where(file => !File.Exists(file + "-wal") && new FileInfo(file).Length > 0)];
        if (files.Count > 0)
        {
            string file = Pick(files);
            byte[] content = File.ReadAllBytes(file);
            content[Random.Next(content.Length)] ^= (byte)(1 << Random.Next(8));
            File.WriteAllBytes(file, content);
        }
        return Task.CompletedTask;
    }

    private async ValueTask PassAsync(SimulatedWorker worker, BlobOperation operation, string name, bool isDone)
    {
        if (worker.IsDead)
        {
            throw new WorkerKilledException();
        }
        if (OnRequest is { } decide)
        {
            await decide(operation, name, isDone);
        }
        if (_current is not { } batch || Faults == Faults.None)
        {
            return;
        }
        if (Roll(isDone ? Faults.FailAnswer : Faults.FailRequest))
        {
            Log($"worker {worker.Number}: {operation} {name} fails {(isDone ? "after" : "before")} it was done");
            throw new IOException($"{operation} of {name} failed, as it was made to.");
        }
        bool dies = Roll(Faults.Kill);
        if (dies || Roll(Faults.Pause))
        {
            await batch.StopAsync(dies);
            if (worker.IsDead)
            {
                throw new WorkerKilledException();
            }
        }
    }

    /// <summary>Lets a batch of a dead worker come to its end, which nobody hears of.</summary>
    private async Task UnwindAsync(RunningBatch batch)
    {
        while (!batch.Task.IsCompleted)
        {
            bool isHanging = batch.IsHanging;
            batch.Continue();
            if (isHanging)
            {
                Clock.Advance(Options.TurnDeadline + TimeSpan.FromSeconds(1));
            }
            await Task.WhenAny(batch.Task, batch.Stopped.Task).WaitAsync(Patience);
        }
    }

    private void Log(string text) => Trace.Add(string.Create(CultureInfo.InvariantCulture, $"{Clock.GetUtcNow():mm:ss.fff} {text}"));

    private static string Short(EntityInstanceId id) => $"{id.Name} {id.Key[..Math.Min(id.Key.Length, 16)]}";
}
