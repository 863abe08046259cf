namespace DurableObjects.Functions.Sockets;

/// <summary>One carrying out of effects, and what came of it.</summary>
/// <param name="service">The service.</param>
/// <param name="group">The object's group.</param>
/// <param name="unclosed">The connections that are yet to be closed; changed on the way.</param>
/// <param name="cancellation">Once cancelled, what is left counts as failed.</param>
internal sealed class RelayRun(ISignalRService service, string group, Unclosed unclosed, CancellationToken cancellation)
{
    private readonly Lock _lock = new();

    /// <summary>Sends to connections that failed.</summary>
    public int Sends { get; private set; }

    /// <summary>Sends to the group that failed.</summary>
    public int GroupSends { get; private set; }

    /// <summary>Joins that failed.</summary>
    public int Joins { get; private set; }

    /// <summary>Closes that failed.</summary>
    public int Closes { get; private set; }

    /// <summary>Why the first of them did, or null if nothing has failed.</summary>
    public Exception? FirstError { get; private set; }

    /// <summary>Tries again to close what could not be closed before.</summary>
    public Task CloseUnclosedAsync() =>
        InParallelAsync(unclosed.ToList() ?? [], socket => CloseAsync(socket.ConnectionId, socket.Reason));

    /// <summary>Carries out the effects.</summary>
    public async Task CarryOutAsync(IReadOnlyList<RelayEffect> effects)
    {
        // What is for single connections runs side by side, until something for the group comes.
        Dictionary<string, List<Func<Task<bool>>>> lanes = new(StringComparer.Ordinal);
        foreach (RelayEffect effect in effects)
        {
            switch (effect)
            {
                case RelayJoin join:
                    Add(join.ConnectionId, () => JoinAsync(join.ConnectionId));
                    break;
                case RelayClose close:
                    Add(close.ConnectionId, () => CloseAsync(close.ConnectionId, close.Reason));
                    break;
                case RelaySend send:
                    SignalRMessage message = new(send.Target, send.Arguments);
                    foreach (string connectionId in send.ConnectionIds)
                    {
                        Add(connectionId, () => SendAsync(connectionId, message));
                    }
                    break;
                case RelayGroupSend send:
                    await RunAsync(lanes);
                    await SendToGroupAsync(send);
                    break;
                default:
                    throw new NotSupportedException($"The relay does not know the effect {effect.GetType().Name}.");
            }
        }
        await RunAsync(lanes);

        void Add(string connectionId, Func<Task<bool>> step)
        {
            if (!lanes.TryGetValue(connectionId, out List<Func<Task<bool>>>? lane))
            {
                lanes.Add(connectionId, lane = []);
            }
            lane.Add(step);
        }
    }

    private static async Task RunAsync(Dictionary<string, List<Func<Task<bool>>>> lanes)
    {
        await InParallelAsync(lanes.Values, async lane =>
        {
            foreach (Func<Task<bool>> step in lane)
            {
                if (!await step())
                {
                    return;
                }
            }
        });
        lanes.Clear();
    }

    // Not cancelled: each step sees by itself that the time is over, and counts what it did not do.
    private static Task InParallelAsync<T>(IEnumerable<T> all, Func<T, Task> run) => Parallel.ForEachAsync(
        all, new ParallelOptions { MaxDegreeOfParallelism = Relay.Parallelism }, async (one, _) => await run(one));

    /// <summary>Each step says whether the connection is still there to be sent to.</summary>
    private async Task<bool> JoinAsync(string connectionId)
    {
        try
        {
            return await service.JoinAsync(group, connectionId, cancellation);
        }
        catch (Exception error) when (IsOfTheService(error))
        {
            Failed(error, () => Joins++);
            return await CloseAsync(connectionId, Relay.CouldNotJoin);
        }
    }

    private async Task<bool> SendAsync(string connectionId, SignalRMessage message)
    {
        try
        {
            return await service.SendAsync(connectionId, message, cancellation);
        }
        catch (Exception error) when (IsOfTheService(error))
        {
            Failed(error, () => Sends++);
            return true;
        }
    }

    private async Task<bool> CloseAsync(string connectionId, string reason)
    {
        try
        {
            await service.CloseAsync(connectionId, reason, cancellation);
            unclosed.Remove(connectionId);
        }
        catch (Exception error) when (IsOfTheService(error))
        {
            Failed(error, () => Closes++);
            unclosed.Add(connectionId, reason);
        }
        return false;
    }

    private async Task SendToGroupAsync(RelayGroupSend send)
    {
        try
        {
            IEnumerable<string> except = send.Except
                .Union((unclosed.ToList() ?? []).TakeLast(Relay.MaxUnclosed).Select(socket => socket.ConnectionId));
            await service.SendToGroupAsync(group, except, new SignalRMessage(send.Target, send.Arguments), cancellation);
        }
        catch (Exception error) when (IsOfTheService(error))
        {
            Failed(error, () => GroupSends++);
        }
    }

    private bool IsOfTheService(Exception error) =>
        error is SignalRFailedException || (error is OperationCanceledException && cancellation.IsCancellationRequested);

    private void Failed(Exception error, Action count)
    {
        lock (_lock)
        {
            count();
            FirstError ??= error;
        }
    }
}
