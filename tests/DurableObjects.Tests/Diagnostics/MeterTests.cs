using System.Diagnostics.Metrics;
using DurableObjects.Diagnostics;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Diagnostics;

public sealed class MeterTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, string?> _units = [];
    private readonly Lock _lock = new();
    private readonly List<(string Instrument, double Value, string Tags)> _measured = [];

    public Task InitializeAsync()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, _host.Host.Diagnostics.Meter))
            {
                _units.Add(instrument.Name, instrument.Unit);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.Start();
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        _listener.Dispose();
        return _host.DisposeAsync().AsTask();
    }

    [Fact]
    public void Instruments_are_named_and_measured_as_the_conventions_have_it()
    {
        Assert.Equal(ObjectDiagnostics.Name, _host.Host.Diagnostics.Meter.Name);
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["durable_objects.turn.duration"] = "s",
                ["durable_objects.mailbox.duration"] = "s",
                ["durable_objects.commit.duration"] = "s",
                ["durable_objects.cold_start.duration"] = "s",
                ["durable_objects.alarm.delay"] = "s",
                ["durable_objects.errors"] = "{error}",
                ["durable_objects.commit.frames"] = "{frame}",
                ["durable_objects.commit.size"] = "By",
                ["durable_objects.wakes"] = "{wake}",
            },
            _units);
    }

    [Fact]
    public async Task A_turn_tells_its_time_with_its_class_and_kind_and_with_its_error()
    {
        await _host.DoAsync(_ => _host.Clock.Advance(TimeSpan.FromSeconds(2)));
        await _host.FailAsync(_ => throw new DurableObjectException(409, "taken", "It is taken."));

        Assert.Equal(
            [(2, "class=scripted kind=call"), (0, "class=scripted kind=call error.type=taken")],
            Of("durable_objects.turn.duration"));
        Assert.Equal([(1, "class=scripted error.type=taken")], Of("durable_objects.errors"));
        Assert.Equal([(1, "class=scripted")], Of("durable_objects.wakes"));
    }

    [Fact]
    public async Task A_commit_tells_its_frames_and_bytes_and_an_alarm_its_delay()
    {
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(1)));
        _host.Clock.Advance(TimeSpan.FromSeconds(5));
        await _host.Host.TickAsync();

        Assert.Equal(
            _host.Commits.Select(commit => ((double)commit.Pages.Length, "class=scripted")), Of("durable_objects.commit.size"));
        Assert.Equal(2, Of("durable_objects.commit.frames").Count);
        Assert.Equal([(4, "class=scripted")], Of("durable_objects.alarm.delay"));
        Assert.Single(Of("durable_objects.cold_start.duration"));
    }

    [Fact]
    public void A_host_tells_of_mailboxes_commits_and_what_it_refuses()
    {
        ClassDiagnostics diagnostics = _host.Host.Diagnostics.Of("scripted");

        diagnostics.LeftMailbox(TimeSpan.FromSeconds(1));
        diagnostics.BecameDurable(TimeSpan.FromSeconds(2), flush: 7);
        diagnostics.BecameDurable(TimeSpan.FromSeconds(3), flush: 7);
        diagnostics.BecameDurable(TimeSpan.FromSeconds(3), flush: 8);
        diagnostics.Failed(ErrorCodes.Overloaded);

        Assert.Equal([(1, "class=scripted")], Of("durable_objects.mailbox.duration"));
        Assert.Equal([2, 3, 3], Of("durable_objects.commit.duration").Select(one => one.Value));
        Assert.Equal([(1, "class=scripted error.type=overloaded")], Of("durable_objects.errors"));
        ClassFigures figures = diagnostics.Read();
        Assert.Equal((2, 3, 1, 1), (figures.Fsyncs, figures.CommitSeconds.Count, figures.MailboxSeconds.Count, figures.Errors));
    }

    private void Measured(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> texts = [];
        foreach ((string name, object? tag) in tags)
        {
            texts.Add($"{name}={tag}");
        }
        lock (_lock)
        {
            _measured.Add((instrument.Name, value, string.Join(' ', texts)));
        }
    }

    private List<(double Value, string Tags)> Of(string instrument)
    {
        lock (_lock)
        {
            return [.. _measured.Where(one => one.Instrument == instrument).Select(one => (one.Value, one.Tags))];
        }
    }
}
