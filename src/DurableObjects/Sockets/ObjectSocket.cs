using System.Text.Json;
using DurableObjects.Sockets;
using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects;

/// <summary>A client's connection to an object. It stays open while the object hibernates; tags and attachment stay with it.</summary>
public sealed class ObjectSocket
{
    private readonly SocketTable _table;
    private readonly TurnGuard _guard;
    private readonly bool _gone;
    private SocketRow _row;

    internal ObjectSocket(SocketTable table, TurnGuard guard, SocketRow row, bool gone)
    {
        _table = table;
        _guard = guard;
        _row = row;
        _gone = gone;
    }

    /// <summary>The host's id of the connection.</summary>
    public string Id => _row.Id;

    /// <summary>When it was opened.</summary>
    public DateTimeOffset OpenedAt => DateTimeOffset.FromUnixTimeMilliseconds(_row.Opened);

    /// <summary>The tags, by which <see cref="ObjectSockets"/> lists and sends.</summary>
    public IReadOnlyList<string> Tags => Refresh().Tags;

    /// <summary>
    /// Sets the tags in place of those before: at most <see cref="Limits.SocketTags"/>, of at most
    /// <see cref="Limits.SocketTagCharacters"/> each.
    /// </summary>
    public void SetTags(params IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        if (tags.Count > Limits.SocketTags)
        {
            throw DurableObjectException.Invalid($"{tags.Count} tags on a socket; the limit is {Limits.SocketTags}.");
        }
        if (tags.FirstOrDefault(tag => tag.Length is 0 or > Limits.SocketTagCharacters) is { } wrong)
        {
            throw DurableObjectException.Invalid(
                $"A socket tag has 1 to {Limits.SocketTagCharacters} characters; one has {wrong.Length}.");
        }
        Change("SetTags", () => _table.SetTags(Id, tags));
    }

    /// <summary>The attachment, or the type's default if there is none.</summary>
    public T? GetAttachment<T>() =>
        Refresh().Attachment is { } json ? JsonSerializer.Deserialize<T>(json, ObjectJson.Options) : default;

    /// <summary>Attaches a value, as JSON of at most <see cref="Limits.SocketAttachmentBytes"/>; null removes it.</summary>
    public void SetAttachment<T>(T value)
    {
        byte[]? json = value is null ? null : JsonSerializer.SerializeToUtf8Bytes(value, ObjectJson.Options);
        if (json?.Length > Limits.SocketAttachmentBytes)
        {
            throw DurableObjectException.TooLarge("The socket's attachment", json.Length, Limits.SocketAttachmentBytes);
        }
        Change("SetAttachment", () => _table.SetAttachment(Id, json));
    }

    /// <summary>Sends once the turn has committed. The arguments go as JSON.</summary>
    /// <param name="target">The client method, such as <c>message</c>.</param>
    /// <param name="arguments">
    /// At most <see cref="Limits.SocketMessageBytes"/> together, and all that a turn sends at most
    /// <see cref="Limits.SocketSendBytes"/>. What goes to many sockets is better sent to all or to a tag, as one message.
    /// </param>
    public void Send(string target, params ReadOnlySpan<object?> arguments)
    {
        SocketSend send = SocketArguments.Encode([Id], target, arguments);
        using TurnGuard.Entry entry = _guard.EnterToChange("Send");
        CheckNotGone();
        entry.Scope.Add(send);
    }

    /// <summary>
    /// Closes the connection once the turn has committed; the object forgets it at once and gets no <c>OnSocketClosed</c> for it.
    /// In <c>OnSocketOpened</c> it refuses the client.
    /// </summary>
    /// <param name="code">A code of RFC 6455: 1000, or 3000 to 4999.</param>
    /// <param name="reason">A text for the client.</param>
    public void Close(int code = 1000, string reason = "")
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (code is not (1000 or (>= 3000 and <= 4999)))
        {
            throw DurableObjectException.Invalid($"A socket closes with code 1000 or 3000 to 4999 (RFC 6455); it was {code}.");
        }
        using TurnGuard.Entry entry = _guard.EnterToChange("Close");
        CheckNotGone();
        _table.Delete(Id);
        entry.Scope.Add(new SocketClose(Id, new SocketClosing(code, reason)));
        entry.Scope.ChangedSummary();
    }

    private SocketRow Refresh()
    {
        using TurnGuard.Entry entry = _guard.Enter();
        // Read again each time, since a nested transaction may have rolled back what this object last saw.
        return _row = _gone ? _row : _table.Get(Id) ?? _row;
    }

    private void Change(string what, Action change)
    {
        using TurnGuard.Entry entry = _guard.EnterToChange(what);
        CheckNotGone();
        change();
        entry.Scope.ChangedSockets();
        entry.Scope.HandlerChanged = true;
    }

    private void CheckNotGone()
    {
        if (_gone || _table.Get(Id) is null)
        {
            throw DurableObjectException.Misuse($"The socket {Id} is gone.");
        }
    }
}
