using System.Text;
using System.Text.Json;
using DurableObjects.Turns;

namespace DurableObjects.Harness;

/// <summary>What an object sent to a socket.</summary>
/// <param name="Target">The client method.</param>
/// <param name="Arguments">The arguments as one JSON array.</param>
public sealed record SocketReceipt(string Target, string Arguments);

/// <summary>A client's end of a simulated socket.</summary>
public sealed class TestSocket
{
    private readonly TestHost _host;
    private readonly List<SocketReceipt> _received = [];

    internal TestSocket(TestHost host, ObjectAddress address, string id) => (_host, Address, Id) = (host, address, id);

    /// <summary>The object.</summary>
    public ObjectAddress Address { get; }

    /// <summary>The connection's id.</summary>
    public string Id { get; }

    /// <summary>What came from the object, in order.</summary>
    public IReadOnlyList<SocketReceipt> Received => _received;

    /// <summary>Why the connection is gone, or null while it is open.</summary>
    public SocketClosing? Closed { get; private set; }

    /// <summary>Sends a value with the target <c>message</c>, as JSON.</summary>
    public async Task<Answer> SendAsync<T>(T message)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, ObjectJson.Options);
        if (message is string text && _host.SummaryOf(Address).AutoResponse is { } automatic && automatic.Request == text)
        {
            Receive("message", [JsonSerializer.SerializeToUtf8Bytes(automatic.Response, ObjectJson.Options)]);
            return Answer.Nothing;
        }
        return await _host.RunAsync(Address, new SocketMessageTurn(Id, new SocketMessage(json)), CancellationToken.None);
    }

    /// <summary>Closes the connection from the client's side.</summary>
    public Task<Answer> CloseAsync(int code = 1000, string reason = "")
    {
        Closed ??= new SocketClosing(code, reason);
        return _host.RunAsync(Address, new SocketClosedTurn(Id, Closed), CancellationToken.None);
    }

    internal void Receive(string target, IReadOnlyList<ReadOnlyMemory<byte>> arguments)
    {
        if (Closed is null)
        {
            IEnumerable<string> texts = arguments.Select(argument => Encoding.UTF8.GetString(argument.Span));
            _received.Add(new SocketReceipt(target, $"[{string.Join(",", texts)}]"));
        }
    }

    internal void CloseByObject(SocketClosing closing) => Closed ??= closing;
}
