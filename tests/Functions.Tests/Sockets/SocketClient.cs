using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace DurableObjects.Functions.Tests.Sockets;

/// <summary>A client of SignalR's JSON protocol over WebSockets, by hand: what it hears is text, one line for each message.</summary>
internal sealed class SocketClient : IAsyncDisposable
{
    private const char RecordSeparator = '\u001e';

    private readonly ClientWebSocket _socket = new();
    private readonly Queue<string> _heard = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private string _rest = "";
    private int _lastInvocation;

    /// <summary>Negotiates with an object, then with where that sends it, and shakes hands.</summary>
    public static async Task<SocketClient> ConnectAsync(string app, string objectPath, Func<string, string>? changeToken = null)
    {
        using HttpClient http = new();
        JsonElement there = await PostAsync(http, $"{app}/api/objects/{objectPath.Replace("?", "/negotiate?", StringComparison.Ordinal)}", null);
        string url = there.GetProperty("url").GetString()!;
        string token = there.GetProperty("accessToken").GetString()!;
        token = changeToken?.Invoke(token) ?? token;
        JsonElement connection = await PostAsync(
            http, url.Replace("/client/?", "/client/negotiate?negotiateVersion=1&", StringComparison.Ordinal), token);
        SocketClient client = new();
        client._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        string secret = connection.GetProperty("connectionToken").GetString()!;
        await client._socket.ConnectAsync(new Uri($"ws{url["http".Length..]}&id={Uri.EscapeDataString(secret)}"), CancellationToken.None);
        await client.WriteAsync("""{"protocol":"json","version":1}""");
        Assert.Equal("{}", await client.ReadAsync());
        return client;
    }

    /// <summary>The next message: its target and arguments, or <c>closed</c> and why.</summary>
    public async Task<string> HearAsync()
    {
        while (true)
        {
            using JsonDocument message = JsonDocument.Parse(await ReadAsync());
            JsonElement root = message.RootElement;
            switch (root.GetProperty("type").GetInt32())
            {
                case 1:
                    return $"{root.GetProperty("target").GetString()} {root.GetProperty("arguments").GetRawText()}";
                case 3:
                    return root.TryGetProperty("error", out JsonElement error) ? $"failed {error.GetString()}" : "done";
                case 7:
                    return $"closed {(root.TryGetProperty("error", out JsonElement why) ? why.GetString() : "")}";
            }
        }
    }

    public Task SendAsync(string text) => WriteAsync(JsonSerializer.Serialize(new { type = 1, target = "message", arguments = new[] { text } }));

    public Task InvokeAsync(string target, params object[] arguments) => WriteAsync(JsonSerializer.Serialize(
        new { type = 1, invocationId = $"{++_lastInvocation}", target, arguments }));

    /// <summary>Goes without a word.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        if (_socket.State == WebSocketState.Open)
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        _socket.Dispose();
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string url, string? token)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, url);
        if (token is not null)
        {
            request.Headers.Add("Authorization", $"Bearer {token}");
        }
        using HttpResponseMessage response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private Task WriteAsync(string message) => _socket.SendAsync(
        Encoding.UTF8.GetBytes(message + RecordSeparator), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    private async Task<string> ReadAsync()
    {
        while (_heard.Count == 0)
        {
            WebSocketReceiveResult read = await _socket.ReceiveAsync(_buffer, CancellationToken.None);
            string[] messages = (_rest + Encoding.UTF8.GetString(_buffer, 0, read.Count)).Split(RecordSeparator);
            foreach (string message in messages[..^1])
            {
                _heard.Enqueue(message);
            }
            _rest = messages[^1];
            if (read.MessageType == WebSocketMessageType.Close)
            {
                return """{"type":7}""";
            }
        }
        return _heard.Dequeue();
    }
}
