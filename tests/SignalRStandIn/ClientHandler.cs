using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;

namespace DurableObjects.SignalRStandIn;

/// <summary>
/// Speaks SignalR's JSON protocol (version 1) with a client. A hub of ASP.NET Core would not do: the service knows no methods, and hands on
/// whatever target comes.
/// </summary>
internal sealed class ClientHandler(Connections connections, Upstream upstream, StandInOptions options) : ConnectionHandler
{
    private const byte RecordSeparator = 0x1e;
    private const int MaxMessageBytes = 1_024 * 1_024;

    /// <summary>Well below the 30 s after which clients give a silent server up.</summary>
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(10);

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        HttpContext http = connection.GetHttpContext() ?? throw new InvalidOperationException("A connection without a request.");
        using ClientConnection client = new(
            connection, http.Request.Query["hub"].ToString(), ClientTokens.Of(http), http.Request.QueryString.Value ?? "");
        if (!await ShakeHandsAsync(connection.Transport.Input, client))
        {
            return;
        }
        using CancellationTokenSource end = new();
        Task pings = PingAsync(client, end.Token);
        connections.Add(client);
        string? error = null;
        try
        {
            await ReceiveAsync(connection.Transport.Input, client);
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or InvalidDataException
            || broken.GetType().Name.Contains("WebSocket", StringComparison.Ordinal))
        {
            error = broken.Message;
        }
        finally
        {
            connections.Remove(client);
            await end.CancelAsync();
            await pings;
        }
        await upstream.DisconnectedAsync(client, error);
    }

    private static async Task<bool> ShakeHandsAsync(PipeReader input, ClientConnection client)
    {
        byte[]? request = null;
        await foreach (byte[] message in MessagesAsync(input, most: 1))
        {
            request = message;
        }
        if (request is null)
        {
            return false;
        }
        using JsonDocument handshake = JsonDocument.Parse(request);
        if (handshake.RootElement.GetProperty("protocol").GetString() != "json")
        {
            await client.SendAsync(new { error = "This stand-in speaks the json protocol only." });
            return false;
        }
        await client.SendRawAsync("{}"u8.ToArray());
        return true;
    }

    private static async Task PingAsync(ClientConnection client, CancellationToken end)
    {
        using PeriodicTimer timer = new(PingInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                await client.SendAsync(new { type = 6 });
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The connection is gone; the receiving side tells of it.
        }
    }

    private static async IAsyncEnumerable<byte[]> MessagesAsync(PipeReader input, int most)
    {
        for (int count = 0; count < most;)
        {
            ReadResult read = await input.ReadAsync();
            if (read.IsCanceled)
            {
                yield break;
            }
            ReadOnlySequence<byte> buffer = read.Buffer;
            if (buffer.PositionOf(RecordSeparator) is { } end)
            {
                byte[] message = buffer.Slice(0, end).ToArray();
                input.AdvanceTo(buffer.GetPosition(1, end));
                count++;
                yield return message;
                continue;
            }
            if (buffer.Length > MaxMessageBytes)
            {
                throw new InvalidDataException("A message is longer than 1 MB.");
            }
            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                yield break;
            }
        }
    }

    private async Task ReceiveAsync(PipeReader input, ClientConnection client)
    {
        Task before = upstream.ConnectedAsync(client);
        List<Task> all = [before];
        await foreach (byte[] message in MessagesAsync(input, int.MaxValue))
        {
            if (message.Length > MaxMessageBytes)
            {
                throw new InvalidDataException("A message is longer than 1 MB.");
            }
            using JsonDocument document = JsonDocument.Parse(message);
            JsonElement root = document.RootElement;
            int type = root.GetProperty("type").GetInt32();
            if (type == 7)
            {
                break;
            }
            if (type != 1)
            {
                continue;
            }
            connections.CountMessage();
            string target = root.GetProperty("target").GetString() ?? "";
            string? id = root.TryGetProperty("invocationId", out JsonElement value) ? value.GetString() : null;
            // The service does not hand on headers and streams that an invocation may name as well.
            byte[] invocation = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
            {
                type,
                invocationId = id,
                target,
                arguments = root.GetProperty("arguments").Clone(),
            }));
            before = options.IsSequential
                ? AfterAsync(before, () => upstream.InvokedAsync(client, target, id, invocation))
                : upstream.InvokedAsync(client, target, id, invocation);
            all.RemoveAll(task => task.IsCompletedSuccessfully);
            all.Add(before);
        }
        await Task.WhenAll(all);
    }

    private static async Task AfterAsync(Task before, Func<Task> next)
    {
        await before;
        await next();
    }
}
