namespace DurableObjects.Functions.Sockets;

/// <summary>The connections that are yet to be closed, oldest first. Safe for use by several threads.</summary>
internal sealed class Unclosed(IEnumerable<UnclosedSocket> sockets)
{
    private readonly Lock _lock = new();
    private readonly List<UnclosedSocket> _sockets = [.. sockets];

    /// <summary>One more attempt at a connection has failed.</summary>
    public void Add(string connectionId, string reason)
    {
        lock (_lock)
        {
            int at = _sockets.FindIndex(one => one.ConnectionId == connectionId);
            if (at >= 0)
            {
                _sockets[at] = _sockets[at] with { Attempts = _sockets[at].Attempts + 1 };
            }
            else
            {
                _sockets.Add(new UnclosedSocket(connectionId, reason, 1));
            }
        }
    }

    /// <summary>A connection is closed.</summary>
    public void Remove(string connectionId)
    {
        lock (_lock)
        {
            _sockets.RemoveAll(one => one.ConnectionId == connectionId);
        }
    }

    /// <summary>Takes out those that are given up, by the bounds of <see cref="Relay"/>.</summary>
    public IReadOnlyList<UnclosedSocket> Cut()
    {
        lock (_lock)
        {
            List<UnclosedSocket> cut = [.. _sockets.Where(one => one.Attempts >= Relay.CloseAttempts)];
            cut.AddRange(_sockets.Except(cut).SkipLast(Relay.MaxUnclosed));
            _sockets.RemoveAll(cut.Contains);
            return cut;
        }
    }

    /// <summary>All of them, or null if there are none.</summary>
    public IReadOnlyList<UnclosedSocket>? ToList()
    {
        lock (_lock)
        {
            return _sockets.Count == 0 ? null : [.. _sockets];
        }
    }
}
