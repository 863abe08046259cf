using System.Text;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Signals;

public sealed class SignalTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();
    private readonly ObjectAddress _receiver = ScriptedHost.Address("receiver");
    private readonly HashSet<string> _failing = [];

    public SignalTests() => _host.Script.OnNote = (one, text) =>
    {
        if (_failing.Contains(text))
        {
            throw new FormatException($"cannot take {text}");
        }
        one.Storage.Put("notes", one.Storage.Get("notes", "") + text);
        one.Storage.Put("caller", one.Context.Caller.Id);
        return Task.CompletedTask;
    };

    [Fact]
    public async Task Signals_arrive_once_and_in_order_and_the_outbox_is_emptied()
    {
        await SendAsync("a", "b", "c");
        await SendAsync("d");
        Assert.Equal("abcd", await NotesAsync());
        Assert.Equal(0, _host.Summary.Outbox);
        Assert.Equal($"object:scripted/{_host.One.Id}",
            await _host.GetAsync(one => one.Storage.Get<string>("caller"), "receiver"));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _receiver);
    }

    [Fact]
    public async Task A_turn_hands_out_its_signals_with_their_places_and_they_wait_in_the_outbox()
    {
        _host.Host.DeliversAutomatically = false;
        await SendAsync("a", "b");
        await SendAsync("c");
        Assert.Equal(3, _host.Summary.Outbox);
        IReadOnlyList<Signal> signals = _host.Host.WaitingSignals;
        Assert.Equal([(1L, 1L), (2, 1), (3, 1)], signals.Select(signal => (signal.Position.Number, signal.Position.Oldest)));
        Assert.Single(signals.Select(signal => signal.Position.Epoch).Distinct());
        Assert.All(signals, signal => Assert.Equal((_host.One, _receiver), (signal.Sender, signal.Receiver)));

        await _host.Host.StepAsync(_host.One, new AcknowledgeTurn([signals[0].Receipt]));
        Assert.Equal(2, _host.Summary.Outbox);
        TurnOutcome drained = await _host.Host.StepAsync(_host.One, new DrainTurn());
        Assert.Null(drained.Commit);
        Assert.Equal([(2L, 2L), (3, 2)], drained.Signals.Select(signal => (signal.Position.Number, signal.Position.Oldest)));
        Assert.Equal(["b", "c"], drained.Signals.Select(Text));
    }

    [Fact]
    public async Task An_acknowledged_stream_takes_out_all_up_to_its_number_and_nothing_of_another_receiver_or_epoch()
    {
        _host.Host.DeliversAutomatically = false;
        await SendAsync("a", "b", "c");
        StreamPosition second = _host.Host.WaitingSignals[1].Position;
        await _host.Host.StepAsync(_host.One, new AcknowledgeStreamTurn(_host.One.Id, second.Epoch, 3));
        await _host.Host.StepAsync(_host.One, new AcknowledgeStreamTurn(_receiver.Id, second.Epoch - 1, 3));
        Assert.Equal(3, _host.Summary.Outbox);
        await _host.Host.StepAsync(_host.One, new AcknowledgeStreamTurn(_receiver.Id, second.Epoch, second.Number));
        Assert.Equal(1, _host.Summary.Outbox);
        TurnOutcome again = await _host.Host.StepAsync(
            _host.One, new AcknowledgeStreamTurn(_receiver.Id, second.Epoch, second.Number));
        Assert.Null(again.Commit);
    }

    [Fact]
    public async Task The_outbox_can_be_read_in_parts()
    {
        _host.Host.DeliversAutomatically = false;
        await SendAsync("a", "b", "c");
        TurnOutcome first = await _host.Host.StepAsync(_host.One, new DrainTurn { Limit = 2 });
        Assert.Equal(["a", "b"], first.Signals.Select(Text));
        TurnOutcome rest = await _host.Host.StepAsync(_host.One, new DrainTurn { After = first.Signals[^1].Sequence });
        Assert.Equal(["c"], rest.Signals.Select(Text));
    }

    [Fact]
    public async Task An_acknowledgement_that_comes_after_its_sender_was_purged_takes_nothing_from_the_one_made_anew()
    {
        _host.Host.DeliversAutomatically = false;
        await SendAsync("old");
        SignalReceipt old = _host.Host.WaitingSignals[0].Receipt;
        await _host.Host.PurgeAsync(_host.One, CancellationToken.None);
        _host.Host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await SendAsync("new");
        Assert.Equal(old.Sequence, _host.Host.WaitingSignals[^1].Receipt.Sequence);

        await _host.Host.StepAsync(_host.One, new AcknowledgeTurn([old]));
        Assert.Equal(1, _host.Summary.Outbox);
    }

    [Fact]
    public async Task An_object_that_only_has_a_failing_signal_exists_so_that_it_can_be_found()
    {
        CallTurn call = _host.Turn(_ => throw new FormatException("never"));
        SignalTurn turn = new(new Signal(_receiver, call.Method, call.Arguments)) { IdempotencyKey = "once" };
        for (int i = 0; i < 3; i++)
        {
            Assert.Null((await _host.Host.RunAsync(_receiver, turn, CancellationToken.None)).Error);
        }
        Assert.NotNull(await _host.Host.FindAsync(_receiver, CancellationToken.None));
        await _host.Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        // Once, although it was given three times: the first answer was that it had been received.
        Assert.Equal(1, _host.Host.SummaryOf(_receiver).Parked);
    }

    [Fact]
    public async Task Signals_sent_before_a_restart_come_out_of_the_outbox_after_it()
    {
        _host.Host.DeliversAutomatically = false;
        await SendAsync("a", "b");
        await _host.Host.HibernateAllAsync(rebuild: true);
        await _host.Host.DrainAsync();
        Assert.Equal("ab", await NotesAsync());
        Assert.Equal(0, _host.Summary.Outbox);
    }

    [Fact]
    public async Task A_signal_delivered_again_is_dropped_and_one_before_its_turn_is_refused()
    {
        _host.Host.DeliversAutomatically = false;
        await SendAsync("a", "b", "c");
        IReadOnlyList<Signal> signals = _host.Host.WaitingSignals;

        Failure early = (await DeliverAsync(signals[1])).Answer.Error!;
        Assert.Equal((503, ErrorCodes.SignalTooEarly, true), (early.Status, early.Code, early.Retryable));
        Assert.Empty(_host.Host.CommitsOf(_receiver));

        foreach (int i in (int[])[0, 0, 1, 0, 1, 2, 2, 0])
        {
            Assert.Null((await DeliverAsync(signals[i])).Answer.Error);
        }
        Assert.Equal("abc", await NotesAsync());
        Assert.Equal(3, _host.Host.CommitsOf(_receiver).Count);
    }

    [Fact]
    public async Task A_failing_signal_is_retried_with_backoff_and_those_behind_it_wait_in_order()
    {
        _failing.Add("b");
        await SendAsync("a", "b", "c", "d");
        Assert.Equal("a", await NotesAsync());
        Assert.Equal(0, _host.Summary.Outbox);
        Assert.Equal(_host.Clock.GetUtcNow().AddSeconds(2), _host.Host.SummaryOf(_receiver).WakeAt);

        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("a", await NotesAsync());
        _failing.Clear();
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(3.999));
        Assert.Equal("a", await NotesAsync());
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.Equal("abcd", await NotesAsync());
        await SendAsync("e");
        Assert.Equal("abcde", await NotesAsync());
        Assert.Null(_host.Host.SummaryOf(_receiver).WakeAt);
    }

    [Fact]
    public async Task A_signal_that_fails_for_good_is_parked_with_its_error_and_those_behind_it_go_on()
    {
        _failing.Add("b");
        await SendAsync("a", "b", "c", "d");
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(2 + 4 + 8 + 16 + 32 + 64) - TimeSpan.FromMilliseconds(1));
        Assert.Equal("a", await NotesAsync());
        await _host.Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal("acd", await NotesAsync());

        Assert.Equal(1, _host.Host.SummaryOf(_receiver).Parked);
        ParkedSignal parked = Assert.Single((await _host.InspectAsync("receiver")).Parked);
        Assert.Equal(("note", 7, $"object:scripted/{_host.One.Id}"), (parked.Method, parked.Attempts, parked.Sender));
        Assert.Contains("cannot take b", parked.Error, StringComparison.Ordinal);
        await SendAsync("e");
        Assert.Equal("acde", await NotesAsync());
    }

    [Fact]
    public async Task Parked_signals_are_retried_or_dropped_as_an_administrator_says()
    {
        _failing.UnionWith(["b", "x"]);
        await SendAsync("b");
        await SendAsync("x");
        await _host.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(2, _host.Host.SummaryOf(_receiver).Parked);

        _failing.Remove("b");
        await _host.Host.StepAsync(_receiver, new ParkedSignalsTurn(Drop: false));
        Assert.Equal(0, _host.Host.SummaryOf(_receiver).Parked);
        await _host.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("b", await NotesAsync());
        Assert.Equal(1, _host.Host.SummaryOf(_receiver).Parked);

        await _host.Host.StepAsync(_receiver, new ParkedSignalsTurn(Drop: true));
        Assert.Equal(0, _host.Host.SummaryOf(_receiver).Parked);
        _failing.Clear();
        await _host.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("b", await NotesAsync());
    }

    [Fact]
    public async Task Parked_signals_of_one_sender_are_retried_one_after_the_other_in_their_order()
    {
        _failing.UnionWith(["b", "x"]);
        await SendAsync("b", "x");
        await _host.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(2, _host.Host.SummaryOf(_receiver).Parked);
        _failing.Remove("x");
        await _host.Host.StepAsync(_receiver, new ParkedSignalsTurn(Drop: false));
        await _host.Host.TickAsync();
        // "b" fails again, and "x" may not pass it.
        Assert.Equal("", await NotesAsync());
        _failing.Clear();
        await _host.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("bx", await NotesAsync());
    }

    [Fact]
    public async Task A_failing_signal_of_one_sender_does_not_hold_up_those_of_another_nor_calls()
    {
        _failing.Add("b");
        await SendAsync("b", "c");
        await _host.DoAsync(one => one.Context.Objects.Signal<IScripted>("receiver", other => other.Note("z")), "another");
        Assert.Equal("z", await NotesAsync());
    }

    [Fact]
    public async Task A_signal_whose_turn_is_abandoned_goes_into_the_inbox_and_is_retried()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Func<ScriptedObject, string, Task> note = _host.Script.OnNote;
        _host.Script.OnNote = async (_, _) =>
        {
            entered.SetResult();
            await new TaskCompletionSource().Task;
        };
        _host.Host.DeliversAutomatically = false;
        await SendAsync("a", "b");
        Task delivery = _host.Host.DeliverAsync();
        await entered.Task;
        _host.Clock.Advance(Limits.TurnDeadline);
        await delivery;
        _host.Script.OnNote = note;
        await _host.Host.DeliverAsync();
        Assert.Equal("", await NotesAsync());
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("ab", await NotesAsync());
        Assert.Equal(0, _host.Summary.Outbox);
    }

    [Fact]
    public async Task A_signal_abandoned_before_it_was_lined_up_is_lined_up_all_the_same()
    {
        _failing.Add("a");
        _host.Host.DeliversAutomatically = false;
        await SendAsync("a", "b");
        IReadOnlyList<Signal> signals = _host.Host.WaitingSignals;
        await DeliverAsync(signals[0]);
        Failure reason = new(503, ErrorCodes.Unavailable, "The host stops.", true, false, null);
        TurnOutcome outcome = await _host.Host.StepAsync(_receiver, new AbandonedTurn(new SignalTurn(signals[1]), reason));
        Assert.NotNull(outcome.Commit);
        _failing.Clear();
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("ab", await NotesAsync());
    }

    [Fact]
    public async Task What_a_signals_handler_wrote_before_it_failed_is_gone()
    {
        _host.Script.OnNote = (one, _) =>
        {
            one.Storage.Put("half", 1);
            one.Context.Objects.Signal<IScripted>("third", third => third.Note("half"));
            throw new FormatException();
        };
        await SendAsync("a");
        Assert.Equal(0, await _host.GetAsync(one => one.Storage.Get("half", 0), "receiver"));
        Assert.False(_host.Host.SummaryOf(ScriptedHost.Address("third")).Exists);
        Assert.True(_host.Host.SummaryOf(_receiver).Exists, "It waits in the inbox, where an administrator must find it.");
    }

    [Fact]
    public async Task An_object_may_signal_itself_and_the_signal_is_a_turn_of_its_own()
    {
        await _host.DoAsync(one =>
        {
            one.Context.Objects.Signal<IScripted>("one", other => other.Note("self"));
            one.Storage.Put("notes", "turn ");
        });
        Assert.Equal("turn self", await _host.GetAsync(one => one.Storage.Get<string>("notes")));
    }

    [Fact]
    public async Task A_sender_that_was_ended_keeps_its_place_and_one_that_was_purged_begins_a_new_stream()
    {
        await SendAsync("a", "b");
        await _host.DoAsync(one => one.Storage.DeleteAll());
        await SendAsync("c");
        Assert.Equal("abc", await NotesAsync());

        await _host.Host.PurgeAsync(_host.One, CancellationToken.None);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await SendAsync("d", "e");
        Assert.Equal("abcde", await NotesAsync());
    }

    [Fact]
    public async Task A_receiver_that_was_ended_does_not_take_again_what_it_has_seen_and_a_purged_one_goes_on()
    {
        _host.Host.DeliversAutomatically = false;
        await SendAsync("a", "b");
        IReadOnlyList<Signal> signals = _host.Host.WaitingSignals;
        await _host.Host.DeliverAsync();
        await _host.DoAsync(one => one.Storage.DeleteAll(), "receiver");
        await DeliverAsync(signals[1]);
        Assert.Equal("", await NotesAsync());

        await _host.DoAsync(one => one.Storage.Put("k", 1), "receiver");
        await _host.Host.PurgeAsync(_receiver, CancellationToken.None);
        await SendAsync("c", "d");
        await _host.Host.DeliverAsync();
        Assert.Equal("cd", await NotesAsync());
    }

    [Fact]
    public async Task A_one_way_call_from_outside_is_refused_if_malformed_and_retried_if_its_handler_fails()
    {
        async Task<Failure?> SendAsync(string method, string arguments)
        {
            Signal signal = new(_receiver, method, Encoding.UTF8.GetBytes(arguments));
            SignalTurn turn = new(signal) { Caller = Caller.Of("ada") };
            return (await _host.Host.RunAsync(_receiver, turn, CancellationToken.None)).Error;
        }

        Assert.Equal(404, (await SendAsync("nothing", "[]"))!.Status);
        Assert.Equal(400, (await SendAsync("note", "[1, 2]"))!.Status);
        Assert.Empty(_host.Host.CommitsOf(_receiver));
        _failing.Add("a");
        Assert.Null(await SendAsync("note", "[\"a\"]"));
        Assert.Null(await SendAsync("note", "[\"b\"]"));
        Assert.Equal("b", await NotesAsync());
        _failing.Clear();
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("ba", await NotesAsync());
        Assert.Equal("ada", await _host.GetAsync(one => one.Storage.Get<string>("caller"), "receiver"));
    }

    [Fact]
    public async Task A_signal_to_an_unknown_class_or_method_fails_in_its_sender()
    {
        Assert.Equal(ErrorCodes.UnknownMethod,
            (await _host.FailAsync(one => one.Context.Objects.Signal(_receiver, "nothing"))).Code);
        Assert.Equal(ErrorCodes.UnknownClass, (await _host.FailAsync(
            one => one.Context.Objects.Signal(ObjectAddress.OfName("nowhere", "x"), "note"))).Code);
        Assert.Equal(ErrorCodes.UnknownClass, (await _host.FailAsync(
            one => one.Context.Objects.Signal<IDisposable>(new ObjectAddress("x", default, null), other =>
                other.Dispose()))).Code);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private static string Text(Signal signal) =>
        System.Text.Json.JsonSerializer.Deserialize<string[]>(signal.Arguments.Span)![0];

    private Task<Answer> SendAsync(params string[] texts) => _host.DoAsync(one =>
    {
        foreach (string text in texts)
        {
            one.Context.Objects.Signal<IScripted>("receiver", other => other.Note(text));
        }
    });

    private Task<TurnOutcome> DeliverAsync(Signal signal) => _host.Host.StepAsync(_receiver, new SignalTurn(signal));

    private Task<string> NotesAsync() => _host.GetAsync(one => one.Storage.Get("notes", ""), "receiver");
}
