using DurableObjects.Sockets;
using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects;

/// <summary>The sockets that clients have open to an object.</summary>
public sealed class ObjectSockets
{
    private readonly SocketTable _table;
    private readonly MetaTable _meta;
    private readonly TurnGuard _guard;

    internal ObjectSockets(SqliteDatabase database, TurnGuard guard)
    {
        _table = new SocketTable(database);
        _meta = new MetaTable(database);
        _guard = guard;
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            using TurnGuard.Entry entry = _guard.Enter();
            return _table.Count();
        }
    }

    /// <summary>All of them, or those with a tag, oldest first.</summary>
    public IReadOnlyList<ObjectSocket> List(string? tag = null)
    {
        using TurnGuard.Entry entry = _guard.Enter();
        return [.. _table.List(tag).Select(row => new ObjectSocket(_table, _guard, row, gone: false))];
    }

    /// <summary>The socket with an id, or null.</summary>
    public ObjectSocket? Find(string id)
    {
        using TurnGuard.Entry entry = _guard.Enter();
        return _table.Get(id) is { } row ? new ObjectSocket(_table, _guard, row, gone: false) : null;
    }

    /// <summary>Sends to every socket once the turn has committed.</summary>
    /// <param name="target">The client method, such as <c>message</c>.</param>
    /// <param name="arguments">
    /// Go as JSON, at most <see cref="Limits.SocketMessageBytes"/> together, and all that a turn sends at most
    /// <see cref="Limits.SocketSendBytes"/>. A message to any number of sockets is one.
    /// </param>
    public void Send(string target, params ReadOnlySpan<object?> arguments) => Broadcast(null, target, arguments);

    /// <summary>Sends to every socket with a tag once the turn has committed.</summary>
    public void SendToTag(string tag, string target, params ReadOnlySpan<object?> arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        Broadcast(tag, target, arguments);
    }

    /// <summary>
    /// Lets the host answer one text by itself, with the target <c>message</c>, without waking the object. Each at most
    /// <see cref="Limits.AutoResponseCharacters"/>. Lasts until it is set anew or removed.
    /// </summary>
    public void SetAutoResponse(string request, string response)
    {
        ArgumentException.ThrowIfNullOrEmpty(request);
        ArgumentNullException.ThrowIfNull(response);
        int longest = Math.Max(request.Length, response.Length);
        if (longest > Limits.AutoResponseCharacters)
        {
            throw DurableObjectException.Invalid(
                $"An automatic answer has {longest:N0} characters; the limit is {Limits.AutoResponseCharacters:N0}.");
        }
        StoreAutoResponse(request, response);
    }

    /// <summary>Removes the automatic answer.</summary>
    public void RemoveAutoResponse() => StoreAutoResponse(null, null);

    private void StoreAutoResponse(string? request, string? response)
    {
        using TurnGuard.Entry entry = _guard.EnterToChange("SetAutoResponse");
        if (_meta.Text(MetaTable.AutoRequest) == request && _meta.Text(MetaTable.AutoResponse) == response)
        {
            return;
        }
        _meta.Set(MetaTable.AutoRequest, request);
        _meta.Set(MetaTable.AutoResponse, response);
        entry.Scope.ChangedSummary();
    }

    private void Broadcast(string? tag, string target, ReadOnlySpan<object?> arguments)
    {
        SocketSend send = SocketArguments.Encode([], target, arguments);
        using TurnGuard.Entry entry = _guard.EnterToChange("Send");
        List<string> ids = entry.Scope.SocketIds(tag, _table.Ids);
        if (ids.Count > 0)
        {
            entry.Scope.Add(send with { SocketIds = ids });
        }
    }
}
