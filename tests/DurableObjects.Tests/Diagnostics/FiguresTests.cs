using DurableObjects.Diagnostics;
using DurableObjects.Harness;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Tests.Diagnostics;

public sealed class FiguresTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    private ClassFigures Figures => _host.Host.Diagnostics.Of("scripted").Read();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Fact]
    public async Task A_turn_is_timed_from_its_beginning_to_its_end()
    {
        await _host.DoAsync(_ => Pass(2));
        await _host.DoAsync(_ => Pass(0.5));

        Assert.Equal((2, 2.5), (Figures.TurnSeconds.Count, Figures.TurnSeconds.Sum));
        Assert.InRange(Figures.TurnSeconds.P99!.Value, 2, 2.125);
    }

    [Fact]
    public async Task Turns_are_counted_by_what_they_are_about()
    {
        TestSocket socket = await _host.Host.ConnectAsync(_host.One);
        await socket.SendAsync("hello");
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(1)));
        ObjectRequest request = new("GET", "/", "", new Dictionary<string, string>(), default);
        await _host.Host.RunAsync(_host.One, new FetchTurn(request), default);
        await _host.TryReadAsync(_ => { });
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        await _host.Host.TickAsync();
        await _host.DoAsync(one => one.Context.Objects.Signal<IScripted>("two", two => two.Note("hello")));
        await _host.Host.RunAsync(_host.One, new ClockTurn(), default);

        Assert.Equal(
            new Dictionary<string, long>
            {
                ["call"] = 2,
                ["fetch"] = 1,
                ["alarm"] = 1,
                ["socket"] = 2,
                ["signal"] = 1,
                ["read"] = 1,
                // The acknowledgement of the signal, and a clock turn for which nothing was due.
                ["housekeeping"] = 2,
            },
            Figures.TurnsByKind);
        Assert.Equal(10, Figures.Turns);
    }

    [Fact]
    public async Task The_retry_of_a_signal_counts_as_a_signal()
    {
        int attempts = 0;
        _host.Script.OnNote = (_, _) => ++attempts == 1 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        await _host.DoAsync(one => one.Context.Objects.Signal<IScripted>("two", two => two.Note("hello")));
        _host.Clock.Advance(TimeSpan.FromMinutes(1));
        await _host.Host.TickAsync();

        Assert.Equal(2, attempts);
        Assert.Equal(2, Figures.TurnsByKind["signal"]);
        Assert.Equal(0, Figures.TurnsByKind["alarm"]);
        // The turn that took the signal over has succeeded; its handler has not.
        Assert.Equal(1, Figures.ErrorsByCode[ErrorCodes.HandlerFailed]);
    }

    [Fact]
    public async Task Errors_are_counted_by_code()
    {
        await _host.FailAsync(_ => throw new DurableObjectException(409, "taken", "It is taken."));
        await _host.FailAsync(_ => throw new DurableObjectException(409, "taken", "It is taken."));
        await _host.FailAsync(_ => throw new InvalidOperationException());
        await _host.TryReadAsync(_ => throw new DurableObjectException(404, "nothing", "There is nothing."));

        Assert.Equal(
            new Dictionary<string, long> { [ErrorCodes.HandlerFailed] = 1, ["nothing"] = 1, ["taken"] = 2 }, Figures.ErrorsByCode);
        Assert.Equal(4, Figures.Errors);
        Assert.Equal(4, Figures.Turns);
    }

    [Fact]
    public async Task Codes_without_end_are_counted_together_past_the_64th()
    {
        for (int i = 0; i < 100; i++)
        {
            await _host.FailAsync(_ => throw new DurableObjectException(409, $"code-{i}", "no"));
        }

        Assert.Equal(65, Figures.ErrorsByCode.Count);
        Assert.Equal(36, Figures.ErrorsByCode["_OTHER"]);
        Assert.Equal(100, Figures.Errors);
    }

    [Fact]
    public async Task A_cold_start_takes_the_constructor_and_OnWake_with_it_and_a_wake_after_a_failure_is_none()
    {
        _host.Script.OnWake = _ => Pass(3);
        await _host.DoAsync(_ => Pass(1));
        await _host.FailAsync(_ => throw new InvalidOperationException());
        await _host.DoAsync(_ => Pass(1));

        Assert.Equal(2, Figures.Wakes);
        Assert.Equal((1, 3.0), (Figures.ColdStartSeconds.Count, Figures.ColdStartSeconds.Sum));
    }

    [Fact]
    public async Task A_cold_start_takes_what_the_host_needed_before_it_too_but_no_time_in_which_the_object_was_only_open()
    {
        _host.Script.OnWake = _ => Pass(3);
        string path = Path.Combine(Directory.CreateTempSubdirectory("cold-start-").FullName, "one.sqlite");
        using ServiceProvider services = new ServiceCollection().AddSingleton(_host.Script).BuildServiceProvider();
        ObjectRuntime runtime = new(
            _host.Host.Classes, services, _host.Clock, NullLoggerFactory.Instance, new ObjectRuntimeOptions(), _host.Host.Diagnostics);
        long since = _host.Clock.GetTimestamp();
        await Pass(4);
        DatabaseFile.WriteEmpty(path);
        using ObjectActivation activation = runtime.Activate(_host.One, path, ObjectSummary.None, since: since);
        // An inspection needs no instance.
        await activation.RunAsync(new InspectTurn());
        await Pass(100);

        await activation.RunAsync(_host.Turn(_ => { }));

        Assert.Equal((1, 7.0), (Figures.ColdStartSeconds.Count, Figures.ColdStartSeconds.Sum));
        activation.Dispose();
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task Commits_are_counted_with_their_frames_and_bytes()
    {
        await _host.DoAsync(one => one.Storage.Put("a", 1));
        await _host.DoAsync(one => one.Storage.Put("a", 2));
        await _host.DoAsync(one => one.Storage.Get("a", 0));

        Assert.Equal(2, Figures.Commits);
        Assert.Equal(_host.Commits.Sum(commit => commit.Pages.Length), Figures.Bytes);
        Assert.InRange(Figures.Frames, 2, 10);
    }

    [Fact]
    public async Task An_alarm_that_rings_late_tells_how_late_and_its_retry_by_its_own_time()
    {
        _host.Script.OnAlarm = (_, alarm) => alarm.IsRetry ? Task.CompletedTask : throw new InvalidOperationException();
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(10)));
        _host.Clock.Advance(TimeSpan.FromSeconds(14));
        await _host.Host.TickAsync();
        // The retry is due two seconds after the failure.
        _host.Clock.Advance(TimeSpan.FromSeconds(3));
        await _host.Host.TickAsync();

        Assert.Equal((2, 5.0), (Figures.AlarmLateSeconds.Count, Figures.AlarmLateSeconds.Sum));
    }

    [Fact]
    public async Task Classes_have_figures_of_their_own()
    {
        await _host.DoAsync(_ => { });

        Assert.Equal(0, _host.Host.Diagnostics.Of("another").Read().Turns);
    }

    private Task Pass(double seconds)
    {
        _host.Clock.Advance(TimeSpan.FromSeconds(seconds));
        return Task.CompletedTask;
    }
}
