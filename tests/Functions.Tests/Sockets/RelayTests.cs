using System.Buffers.Text;
using System.Globalization;
using System.Text;
using DurableObjects.Functions.Sockets;
using DurableObjects.Harness;
using RelayLimits = DurableObjects.Functions.Sockets.Relay;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class RelayTests
{
    private readonly FakeClock _clock = new();
    private readonly RecordedSignalR _service = new();
    private readonly LogLines<Relay> _log = new();
    private readonly Dictionary<string, byte[]> _payloads = [];
    private RelayState _state = new();

    [Fact]
    public async Task It_carries_out_entries_in_order()
    {
        await SendAsync(1, Entry(1, new RelayJoin("a"), Send(1, "a")), Entry(2, All(2), new RelayClose("a", "bye")));

        Assert.Equal(["join room a", "send a: 1", "send room: 2", "close a: bye"], _service.Take());
        Assert.Equal(new RelayState { Epoch = 1, LastSequence = 2 }, _state);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task What_it_has_sent_it_drops()
    {
        await SendAsync(1, Entry(1, All(1)), Entry(2, All(2)));
        await SendAsync(1, Entry(2, All(2)), Entry(1, All(1)));
        await SendAsync(1, Entry(2, All(2)), Entry(3, All(3)));

        Assert.Equal(["send room: 1", "send room: 2", "send room: 3"], _service.Take());
        Assert.Equal(3, _state.LastSequence);
    }

    [Fact]
    public async Task Entries_that_come_mixed_up_in_a_batch_are_put_in_order()
    {
        await SendAsync(1, Entry(2, All(2)), Entry(1, All(1)));

        Assert.Equal(["send room: 1", "send room: 2"], _service.Take());
    }

    [Fact]
    public async Task An_object_that_was_made_again_counts_anew()
    {
        await SendAsync(1, Entry(7, All(7)));
        await SendAsync(2, Entry(1, All(1)));

        Assert.Equal(["send room: 7", "send room: 1"], _service.Take());
        Assert.Equal(new RelayState { Epoch = 2, LastSequence = 1 }, _state);
    }

    [Fact]
    public async Task Of_an_earlier_life_nothing_is_sent_but_its_connections_are_closed()
    {
        await SendAsync(2, Entry(1, All(1)));
        await SendAsync(1, Entry(9, Send(9, "a"), new RelayJoin("a"), new RelayClose("a", "gone")));

        Assert.Equal(["send room: 1", "close a: gone"], _service.Take());
        Assert.Equal(new RelayState { Epoch = 2, LastSequence = 1 }, _state);
    }

    [Fact]
    public async Task A_gap_is_logged_and_what_follows_is_sent()
    {
        await SendAsync(1, Entry(1, All(1)));
        await SendAsync(1, Entry(4, All(4)));

        Assert.Equal(["send room: 1", "send room: 4"], _service.Take());
        Assert.StartsWith("Information: The relay of room has not seen the sends 2 to 3", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_large_is_read_from_the_payloads()
    {
        _payloads["p1"] = SocketEffectCodec.Encode([All(1)]);

        await SendAsync(1, new RelayEntry(1, null, "p1"));

        Assert.Equal(["send room: 1"], _service.Take());
    }

    [Fact]
    public async Task An_entry_that_cannot_be_read_does_not_take_the_others_with_it()
    {
        await SendAsync(1, new RelayEntry(1, null, "missing"), new RelayEntry(2, "AAAA", null), new RelayEntry(3, null, null), Entry(4, All(4)));

        Assert.Equal(["send room: 4"], _service.Take());
        Assert.Equal(4, _state.LastSequence);
        Assert.Equal(3, _log.Lines.Count(line => line.Contains("cannot be read", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Many_connections_are_sent_to_side_by_side_within_bounds_and_each_in_order()
    {
        string[] ids = [.. Enumerable.Range(0, 100).Select(i => $"c{i}")];
        TaskCompletionSource full = new();
        _service.Wait = async (line, _) =>
        {
            if (_service.MostAtOnce == RelayLimits.Parallelism)
            {
                full.TrySetResult();
            }
            await full.Task;
        };

        await SendAsync(1, Entry(1, Send(1, ids), Send(2, ids), Send(3, ids)));

        Assert.Equal(RelayLimits.Parallelism, _service.MostAtOnce);
        IReadOnlyList<string> lines = _service.Take();
        Assert.Equal(300, lines.Count);
        foreach (string id in ids)
        {
            Assert.Equal(
                [$"send {id}: 1", $"send {id}: 2", $"send {id}: 3"],
                lines.Where(line => line.StartsWith($"send {id}:", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task What_goes_to_the_group_waits_for_what_was_asked_before_it_and_what_follows_waits_for_it()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource slow = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _service.Wait = (line, _) =>
        {
            if (line != "send b: 1")
            {
                return Task.CompletedTask;
            }
            begun.SetResult();
            return slow.Task;
        };

        Task sending = SendAsync(1, Entry(1, Send(1, "b")), Entry(2, All(2)), Entry(3, Send(3, "a")));

        await begun.Task;
        Assert.Equal(["send b: 1"], _service.Take());
        slow.SetResult();
        await sending;
        Assert.Equal(["send room: 2", "send a: 3"], _service.Take());
    }

    [Fact]
    public async Task A_connection_that_is_gone_is_no_failure_and_is_sent_nothing_more()
    {
        _service.IsGone = id => id == "a";

        await SendAsync(1, Entry(1, new RelayJoin("a"), Send(1, "a", "b"), new RelayClose("b", ""), Send(2, "b")));

        Assert.Equal(["close b: ", "join room a", "send b: 1"], _service.Take().Order());
        Assert.Null(_state.Unclosed);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Sends_that_fail_are_given_up_with_the_figures()
    {
        _service.Fails = line => line.StartsWith("send", StringComparison.Ordinal) && line.EndsWith('1');

        await SendAsync(1, Entry(1, Send(1, "a", "b"), All(1), Send(2, "a")));

        Assert.Contains("send a: 2", _service.Take());
        Assert.Equal(1, _state.LastSequence);
        Assert.StartsWith(
            "Error: For room, SignalR Service did not take 2 sends to connections, 1 to all, 0 joins and 0 closes.",
            Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_cannot_join_is_closed()
    {
        _service.Fails = line => line == "join room a";

        await SendAsync(1, Entry(1, new RelayJoin("a"), Send(1, "a")));

        Assert.Equal(["join room a", $"close a: {RelayLimits.CouldNotJoin}"], _service.Take());
        Assert.Null(_state.Unclosed);
    }

    [Fact]
    public async Task A_connection_that_cannot_be_closed_is_kept_from_hearing_the_group_and_tried_again()
    {
        _service.Fails = line => line == "close a: out";

        await SendAsync(1, Entry(1, new RelayClose("a", "out"), All(1)));

        Assert.Equal(["close a: out", "send room -a: 1"], _service.Take());
        Assert.Equal([new UnclosedSocket("a", "out", 1)], _state.Unclosed);

        await SendAsync(1, Entry(2, All(2)));
        Assert.Equal(["close a: out", "send room -a: 2"], _service.Take());
        Assert.Equal([new UnclosedSocket("a", "out", 2)], _state.Unclosed);

        _service.Fails = _ => false;
        await SendAsync(1, Entry(3, All(3)));
        Assert.Equal(["close a: out", "send room: 3"], _service.Take());
        Assert.Null(_state.Unclosed);
    }

    [Fact]
    public async Task Connections_that_stay_open_are_a_hundred_at_most_and_for_an_hour_at_most()
    {
        _service.Fails = line => line.StartsWith("close", StringComparison.Ordinal);
        RelayEffect[] closes = [.. Enumerable.Range(0, 103).Select(i => new RelayClose($"c{i:000}", ""))];

        await SendAsync(1, Entry(1, closes));

        Assert.Equal(RelayLimits.MaxUnclosed, _state.Unclosed!.Count);
        Assert.Equal(3, _log.Lines.Count(line => line.Contains("is left open", StringComparison.Ordinal)));
        for (int i = 1; i < RelayLimits.CloseAttempts; i++)
        {
            Assert.NotNull(_state.Unclosed);
            _state = await Relay().RetryAsync("room", _state, default);
        }
        Assert.Null(_state.Unclosed);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_holds_up_a_batch_for_a_minute_at_most()
    {
        _service.Wait = (_, cancellation) => Task.Delay(Timeout.Infinite, cancellation);

        Task sending = SendAsync(1, Entry(1, Send(1, "a"), All(2), Send(3, "b", "c"), new RelayClose("d", "out"), new RelayJoin("e")));
        Assert.False(sending.IsCompleted);
        _clock.Advance(RelayLimits.Patience);
        await sending;

        Assert.Equal(1, _state.LastSequence);
        Assert.Equal(["d", "e"], _state.Unclosed!.Select(one => one.ConnectionId).Order());
        Assert.Contains("3 sends to connections, 1 to all, 1 joins and 2 closes", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_service_everything_is_given_up()
    {
        Relay relay = new(null, Payloads, _clock, _log);

        RelayState after = await relay.SendAsync("room", _state, new RelayBatch(1, [Entry(1, All(1))]), default);

        Assert.Equal(1, after.LastSequence);
        Assert.Equal(["Error: No SignalR Service is configured: 1 socket effects of room are given up."], _log.Lines);
    }

    private static RelaySend Send(int number, params string[] ids) => new(ids, "message", [Json(number)]);

    private static RelayGroupSend All(int number) => new([], "message", [Json(number)]);

    private static byte[] Json(int number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static RelayEntry Entry(long sequence, params RelayEffect[] effects) =>
        new(sequence, Base64Url.EncodeToString(SocketEffectCodec.Encode(effects)), null);

    private Relay Relay() => new(_service, Payloads, _clock, _log);

    private ValueTask<ReadOnlyMemory<byte>> Payloads(string reference, CancellationToken cancellation) =>
        ValueTask.FromResult((ReadOnlyMemory<byte>)_payloads[reference]);

    private async Task SendAsync(long epoch, params RelayEntry[] entries) =>
        _state = await Relay().SendAsync("room", _state, new RelayBatch(epoch, entries), default);
}
