using System.Text;
using DurableObjects.Embedded.Sockets;
using DurableObjects.Harness;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace DurableObjects.Embedded.Tests.Sockets;

/// <summary>What may wait for clients that read too slowly.</summary>
public class ClientSocketTests
{
    private const int Mebibyte = 1_024 * 1_024;

    private readonly FakeClock _clock = new();
    private readonly SendBounds _bounds;
    private readonly SocketRegistry _registry;

    public ClientSocketTests()
    {
        _bounds = new SendBounds(64 * Mebibyte, _clock);
        _registry = new SocketRegistry(_bounds);
    }

    [Fact]
    public async Task A_client_that_reads_gets_everything_in_order()
    {
        Client client = new(_bounds);
        for (int i = 0; i < 3_000; i++)
        {
            client.Socket.Send(Message(10_000, $"{i}"));
            await client.ReadAsync();
        }
        Assert.Equal(Enumerable.Range(0, 3_000).Select(i => $"{i}"), client.Targets);
        Assert.False(client.IsAborted);
        await TestBed.UntilAsync(() => _bounds.Waiting.Held == 0);
    }

    [Fact]
    public async Task Four_mebibytes_may_wait_and_past_that_the_client_hears_why_it_is_cut_off()
    {
        Client client = new(_bounds);
        for (int i = 0; i < 4; i++)
        {
            client.Socket.Send(Message(Mebibyte - 100, $"{i}"));
        }
        client.Socket.Send(Message(1_000, "too much"));
        client.Socket.Send(Message(1, "after"));
        Assert.False(client.IsAborted);

        await client.ReadAllAsync();

        Assert.Equal(["0"], client.Targets);
        CloseMessage close = Assert.Single(client.Messages.OfType<CloseMessage>());
        Assert.Matches("reads too slowly: 4,19.* bytes wait for it; the limit is 4,194,304", close.Error);
        Assert.True(close.AllowReconnect);
        Assert.True(client.IsAborted);
        Assert.Equal(0, _bounds.Waiting.Held);
    }

    [Fact]
    public void A_client_that_is_cut_off_and_does_not_read_is_gone_after_five_seconds()
    {
        Client client = new(_bounds);
        for (int i = 0; i <= Limits.SocketWaitingMessages + 1; i++)
        {
            client.Socket.Send(Message(1, "m"));
        }
        Assert.False(client.IsAborted);

        _clock.Advance(SendBounds.LastPatience);

        Assert.True(client.IsAborted);
    }

    [Fact]
    public void A_client_that_takes_nothing_of_a_message_for_half_a_minute_is_gone()
    {
        Client client = new(_bounds);
        client.Socket.Send(Message(1, "m"));
        _clock.Advance(SendBounds.Patience - TimeSpan.FromSeconds(1));
        Assert.False(client.IsAborted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(client.IsAborted);
    }

    [Fact]
    public async Task One_message_to_ten_thousand_clients_waits_once_and_reaches_all()
    {
        List<Client> clients = [.. Enumerable.Range(0, 10_000).Select(_ => new Client(_bounds))];
        OutgoingMessage message = Message(Mebibyte, "all");

        foreach (Client client in clients)
        {
            client.Socket.Send(message);
        }

        Assert.Equal(message.Bytes, _bounds.Waiting.Held);
        // Each connection makes a copy while it is written, so no more are under way at once than there is memory for.
        Assert.Equal(63, clients.Count(client => client.IsWriting));
        foreach (Client client in clients)
        {
            await TestBed.UntilAsync(() => client.IsWriting);
            await client.ReadAsync();
        }
        Assert.All(clients, client => Assert.Same(message.Content, Assert.Single(client.Written)));
        await TestBed.UntilAsync(() => _bounds.Waiting.Held == 0);
    }

    [Fact]
    public void A_message_is_serialized_once_for_all_connections()
    {
        JsonHubProtocol protocol = new();
        SerializedHubMessage message = _registry.Message("all", [Encoding.UTF8.GetBytes("[1,2]")]).Content;
        Assert.True(message.GetSerializedMessage(protocol).Equals(message.GetSerializedMessage(protocol)));
    }

    [Fact]
    public async Task When_too_much_waits_for_all_clients_those_that_are_behind_are_cut_off_and_no_others()
    {
        List<Client> slow = [.. Enumerable.Range(0, 32).Select(_ => new Client(_bounds))];
        foreach (Client client in slow)
        {
            client.Socket.Send(Message(Mebibyte - 100, "first"));
            client.Socket.Send(Message(Mebibyte - 100, "second"));
        }
        Assert.InRange(_bounds.Waiting.Held, 63 * Mebibyte, 64 * Mebibyte);
        OutgoingMessage all = Message(10_000, "all");
        Client fast = new(_bounds);

        fast.Socket.Send(all);
        slow[0].Socket.Send(all);

        await fast.ReadAsync();
        Assert.Equal(["all"], fast.Targets);
        await slow[0].ReadAllAsync();
        Assert.Equal(["first"], slow[0].Targets);
        Assert.Contains(
            "wait for all clients of the host; the limit is 67,108,864",
            Assert.Single(slow[0].Messages.OfType<CloseMessage>()).Error, StringComparison.Ordinal);
        Assert.False(slow[1].IsAborted);
    }

    [Fact]
    public void What_waits_for_a_client_that_is_gone_is_dropped()
    {
        Client client = new(_bounds);
        client.Socket.Send(Message(1_000, "taken"));
        client.Socket.Send(Message(1_000, "waits"));
        long held = _bounds.Waiting.Held;

        client.Socket.Gone();

        Assert.Equal(held / 2, _bounds.Waiting.Held);
    }

    private OutgoingMessage Message(int bytes, string target) =>
        _registry.Message(target, [Encoding.UTF8.GetBytes($"\"{new string('a', bytes)}\"")]);

    /// <summary>A client that takes a message when the test says so.</summary>
    private sealed class Client
    {
        private TaskCompletionSource? _reading;

        public Client(SendBounds bounds) => Socket = new ClientSocket(Write, () => IsAborted = true, bounds);

        public ClientSocket Socket { get; }

        public bool IsAborted { get; private set; }

        public bool IsWriting => Volatile.Read(ref _reading) is not null;

        public List<SerializedHubMessage> Written { get; } = [];

        public IEnumerable<HubMessage> Messages => Written.Select(message => message.Message!);

        public IEnumerable<string> Targets => Messages.OfType<InvocationMessage>().Select(message => message.Target);

        /// <summary>Takes what is being written.</summary>
        public Task ReadAsync()
        {
            Interlocked.Exchange(ref _reading, null)!.SetResult();
            return Task.CompletedTask;
        }

        public async Task ReadAllAsync()
        {
            while (IsWriting)
            {
                await ReadAsync();
            }
        }

        private ValueTask Write(SerializedHubMessage message)
        {
            Written.Add(message);
            TaskCompletionSource reading = new();
            Volatile.Write(ref _reading, reading);
            return new ValueTask(reading.Task);
        }
    }
}
