using System.Diagnostics;
using DurableObjects.Diagnostics;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Diagnostics;

public sealed class TraceTests : IAsyncLifetime
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string SpanId = "b7ad6b7169203331";
    private const string TraceParent = $"00-{TraceId}-{SpanId}-01";

    private readonly ScriptedHost _host = new();
    private readonly Lock _lock = new();
    private readonly List<Activity> _ended = [];
    private ActivityListener? _listener;

    private IReadOnlyList<Activity> Ended
    {
        get
        {
            lock (_lock)
            {
                return [.. _ended];
            }
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _listener?.Dispose();
        return _host.DisposeAsync().AsTask();
    }

    [Fact]
    public async Task A_turn_is_a_span_of_its_callers_trace()
    {
        Listen();
        CallTurn turn = _host.Turn(_ => { }) with { TraceParent = TraceParent };

        await _host.Host.RunAsync(_host.One, turn, default);

        Activity span = Assert.Single(Ended);
        Assert.Equal((TraceId, SpanId), (span.TraceId.ToString(), span.ParentSpanId.ToString()));
        Assert.True(span.HasRemoteParent);
        Assert.Equal("scripted/run", span.OperationName);
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["durable_objects.class"] = "scripted",
                ["durable_objects.id"] = _host.One.Id.ToString(),
                ["durable_objects.method"] = "run",
                ["durable_objects.kind"] = "call",
            },
            span.TagObjects.ToDictionary());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    public async Task Without_a_callers_span_or_with_one_that_is_none_a_trace_begins_whatever_runs_around(string? traceParent)
    {
        Listen();
        using Activity around = new Activity("around").Start();

        await _host.Host.RunAsync(_host.One, _host.Turn(_ => { }) with { TraceParent = traceParent }, default);

        Activity span = Assert.Single(Ended);
        Assert.Equal(default, span.ParentSpanId);
        Assert.NotEqual(around.TraceId, span.TraceId);
        Assert.Same(around, Activity.Current);
    }

    [Fact]
    public async Task What_the_handler_traces_belongs_to_its_turn()
    {
        Listen();
        List<Activity?> seen = [];
        await _host.DoAsync(async one =>
        {
            one.Storage.Put("a", 1);
            seen.Add(Activity.Current);
            await Task.Yield();
            seen.Add(Activity.Current);
        });
        await _host.ReadAsync(_ => { seen.Add(Activity.Current); return 0; });

        Assert.Equal([Ended[0], Ended[0], Ended[1]], seen);
        Assert.Equal("read", Ended[1].GetTagItem("durable_objects.kind"));
    }

    [Fact]
    public async Task An_accident_is_an_error_of_the_span_and_a_refusal_only_has_its_code()
    {
        Listen();
        await _host.FailAsync(_ => throw new InvalidOperationException());
        await _host.FailAsync(_ => throw new DurableObjectException(409, "taken", "It is taken."));

        Assert.Equal(
            [(ActivityStatusCode.Error, ErrorCodes.HandlerFailed), (ActivityStatusCode.Unset, "taken")],
            Ended.Select(span => (span.Status, (string)span.GetTagItem("error.type")!)));
    }

    [Fact]
    public async Task A_signal_carries_the_trace_on()
    {
        Listen();
        CallTurn turn = _host.Turn(one => one.Context.Objects.Signal<IScripted>("two", two => two.Note("hello")));
        await _host.Host.RunAsync(_host.One, turn with { TraceParent = TraceParent }, default);

        Activity call = Ended.Single(span => span.OperationName == "scripted/run");
        Activity signal = Ended.Single(span => span.OperationName == "scripted/note");
        Assert.Equal((TraceId, call.SpanId), (signal.TraceId.ToString(), signal.ParentSpanId));
        Assert.Equal("signal", signal.GetTagItem("durable_objects.kind"));
    }

    [Fact]
    public async Task A_signal_out_of_the_outbox_begins_a_trace_for_its_senders_is_not_stored()
    {
        Listen();
        _host.Host.DeliversAutomatically = false;
        CallTurn turn = _host.Turn(one => one.Context.Objects.Signal<IScripted>("two", two => two.Note("hello")));
        await _host.Host.RunAsync(_host.One, turn with { TraceParent = TraceParent }, default);
        await _host.Host.DrainAsync();

        Assert.Equal(default, Ended.Single(span => span.OperationName == "scripted/note").ParentSpanId);
    }

    [Fact]
    public async Task A_typed_stub_hands_on_the_span_that_it_is_called_in()
    {
        Listen();
        using ActivitySource source = new("test");
        using ActivityListener listener = new()
        {
            ShouldListenTo = one => ReferenceEquals(one, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using Activity around = source.StartActivity("around")!;

        await _host.Host.Objects.Get<IScripted>("one").Note("hello");

        Assert.Equal(around.SpanId, Assert.Single(Ended).ParentSpanId);
    }

    [Fact]
    public void A_span_that_nobody_hears_of_is_nobodys_parent()
    {
        using Activity unheard = new Activity("unheard").Start();

        Assert.Null(TraceContext.Current);
    }

    [Fact]
    public async Task When_nobody_listens_there_is_no_span()
    {
        Activity? seen = new("none");
        CallTurn turn = _host.Turn(one =>
        {
            seen = Activity.Current;
            one.Context.Objects.Signal<IScripted>("two", two => two.Note("hello"));
        });
        _host.Host.DeliversAutomatically = false;
        await _host.Host.RunAsync(_host.One, turn with { TraceParent = TraceParent }, default);

        Assert.Null(seen);
        Assert.Null(Assert.Single(_host.Host.WaitingSignals).TraceParent);
    }

    /// <summary>Listens to this test's own source: others of the same name run beside it.</summary>
    private void Listen()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, _host.Host.Diagnostics.Activities),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (_lock)
                {
                    _ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }
}
