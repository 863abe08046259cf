using System.Collections.Concurrent;

namespace DurableObjects.SignalRStandIn;

/// <summary>The open connections, and the groups that they are in.</summary>
internal sealed class Connections
{
    private readonly ConcurrentDictionary<string, ClientConnection> _connections = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Group, string Connection), byte> _members = new();
    private long _messages;

    public int Count => _connections.Count;

    /// <summary>Messages of and to clients, as the service counts them for its price: pings and handshakes are free.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    public IEnumerable<string> Ids => _connections.Keys;

    public void CountMessage() => Interlocked.Increment(ref _messages);

    public void Add(ClientConnection connection) => _connections[connection.Id] = connection;

    public void Remove(ClientConnection connection)
    {
        _connections.TryRemove(connection.Id, out _);
        foreach ((string Group, string Connection) member in _members.Keys.Where(one => one.Connection == connection.Id))
        {
            _members.TryRemove(member, out _);
        }
    }

    public ClientConnection? Find(string hub, string id) =>
        _connections.TryGetValue(id, out ClientConnection? connection)
        && connection.Hub.Equals(hub, StringComparison.OrdinalIgnoreCase)
            ? connection
            : null;

    public void Join(string group, string id) => _members[(group, id)] = 0;

    public void Leave(string group, string id) => _members.TryRemove((group, id), out _);

    public IEnumerable<string> Members(string group) =>
        _members.Keys.Where(one => one.Group == group).Select(one => one.Connection);
}
