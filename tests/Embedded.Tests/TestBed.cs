using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Objects;
using DurableObjects.Embedded.Sockets;
using DurableObjects.Embedded.Tests.Disk;
using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Embedded.Tests.PowerLoss;
using DurableObjects.Embedded.Tests.Recovery;
using DurableObjects.Harness;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Embedded.Tests;

/// <summary>
/// The embedded host without a web server: its journal on a disk in memory that can be held up, fail or lose power, its databases
/// in a temporary folder, its clock moved by the test. It can be stopped, crashed and started again.
/// </summary>
internal sealed class TestBed : IAsyncDisposable
{
    private readonly Action<EmbeddedHostOptions>? _configure;
    private readonly JournalOptions _journal;
    private readonly ObjectRuntimeOptions _runtime;
    private readonly ServiceProvider _services;
    private readonly ObjectClasses _classes;
    private EmbeddedHostLifetime? _lifetime;

    public TestBed(
        Action<EmbeddedHostOptions>? configure = null, JournalOptions? journal = null, int? seed = null,
        ObjectRuntimeOptions? runtime = null, IEnumerable<Type>? workflows = null)
    {
        _configure = configure;
        _runtime = runtime ?? new ObjectRuntimeOptions();
        _journal = journal ?? new JournalOptions { ZeroedAheadBytes = 4_096 };
        Random = new Random(seed ?? 0);
        _classes = new ObjectClasses([typeof(Probe), typeof(Sheet), typeof(Subject), WorkflowObjects.ObjectClass]);
        _services = new ServiceCollection().AddSingleton(Controls).AddSingleton(_classes).AddSingleton<TimeProvider>(Clock)
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddWorkflows(new WorkflowClasses(workflows ?? []))
            .BuildServiceProvider();
        Start();
    }

    public FakeClock Clock { get; } = new();

    public ProbeControls Controls { get; } = new();

    public MemoryFolder Disk { get; set; } = new();

    public string Data { get; } = Directory.CreateTempSubdirectory("embedded-tests-").FullName;

    public SocketEffects Sockets { get; } = new();

    /// <summary>What the host has logged.</summary>
    public RecordedLog Log { get; } = new();

    public Random Random { get; }

    public EmbeddedHost Host { get; private set; } = null!;

    public static ObjectAddress Address(string name) => ObjectAddress.OfName("probe", name);

    /// <summary>Waits for what other threads are about to do.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        const int Looks = 20;
        Stopwatch waited = Stopwatch.StartNew();
        for (int look = 0; !condition(); look++)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "What was waited for has not come about.");
            if (look < Looks)
            {
                await Task.Yield();
            }
            else
            {
                // Whoever is waited for may need this processor.
                await Task.Delay(1);
            }
        }
    }

    public EmbeddedHostOptions Options()
    {
        EmbeddedHostOptions options = new() { Data = Data };
        _configure?.Invoke(options);
        return options;
    }

    public EmbeddedHost Create()
    {
        EmbeddedHostOptions options = Options();
        ObjectRuntime runtime = new(
            _classes, _services, Clock, NullLoggerFactory.Instance,
            _runtime with { TurnDeadline = options.TurnDeadline });
        return new EmbeddedHost(
            runtime, options, Sockets, Log, _services.GetRequiredService<ActivityRunner>(), Disk, _journal);
    }

    /// <param name="isResuming">If not, the host is as it is before its own resuming has come to any object.</param>
    public void Start(bool isResuming = true)
    {
        Host = Create();
        _lifetime = new EmbeddedHostLifetime(Host);
        if (isResuming)
        {
            Resume();
        }
    }

    public void Resume() => Assert.True(_lifetime!.StartAsync(CancellationToken.None).IsCompletedSuccessfully);

    public async Task StopAsync()
    {
        try
        {
            await _lifetime!.StopAsync(CancellationToken.None);
        }
        finally
        {
            _lifetime!.Dispose();
            Host.Dispose();
        }
    }

    /// <summary>Ends the host as a crash would: nothing more reaches the disk, and of what was not flushed any part is lost.</summary>
    public async Task CrashAsync()
    {
        await EndAsync();
        Disk = Disk.AfterPowerFailure(Random);
    }

    /// <summary>
    /// Ends the host as if its process were killed: nothing more is written, and what was written is there, flushed or not.
    /// </summary>
    public async Task KillAsync()
    {
        Action<string>? before = Disk.Before;
        await EndAsync();
        Disk.Before = before;
    }

    private async Task EndAsync()
    {
        Disk.Before = _ => throw new PowerOffException();
        Host.WakeClock.Stop();
        Host.Signals.Stop();
        // In this process the files would otherwise stay open below the next host.
        Host.Live.Close();
        Host.Live.AbandonAll("The machine is down.");
        await Host.Live.EmptyAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        await Host.Archiver.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Host.Dispose();
        _lifetime!.Dispose();
    }

    /// <summary>Lets the power fail while no host runs.</summary>
    public void LosePower() => Disk = Disk.AfterPowerFailure(Random);

    /// <summary>Starts on an empty disk, after a stop.</summary>
    public void Wipe()
    {
        Disk = new MemoryFolder();
        Start();
    }

    public async Task RestartAfterCrashAsync()
    {
        await CrashAsync();
        Start();
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        Start();
    }

    public Task<Answer> RunAsync(string name, Turn turn) =>
        Host.RunAsync(Address(name), turn, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

    public static CallTurn Call(string method, params IReadOnlyList<object?> arguments) =>
        new(method, JsonSerializer.SerializeToUtf8Bytes(arguments, ObjectJson.Options));

    public async Task<long> CallAsync(string name, string method, params IReadOnlyList<object?> arguments)
    {
        Answer answer = (await RunAsync(name, Call(method, arguments))).OrThrow();
        return answer.Json.IsEmpty ? 0 : JsonSerializer.Deserialize<long>(answer.Json.Span, ObjectJson.Options);
    }

    /// <summary>Holds every flush from the next one on, until the gate is opened.</summary>
    public Gate HoldFlushes(out Task reached)
    {
        Gate gate = new();
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Disk.Before = operation =>
        {
            if (operation == "flush")
            {
                entered.TrySetResult();
                gate.Pass();
            }
        };
        reached = entered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return gate;
    }

    public async Task HibernateAsync()
    {
        await UntilAsync(() => Host.Live.HibernateAllAsync(CancellationToken.None).IsCompleted && Host.Live.Count == 0);
        Assert.Equal(0, Host.Live.Count);
    }

    public async ValueTask DisposeAsync()
    {
        Controls.OpenAll();
        await EndAsync();
        Directory.Delete(Data, recursive: true);
        await _services.DisposeAsync();
    }
}

/// <summary>What objects did to their sockets.</summary>
internal sealed class SocketEffects : ISocketSink
{
    public ConcurrentQueue<SocketEffect> All { get; } = new();

    public Action? Carrying { get; set; }

    public void CarryOut(ObjectAddress address, IReadOnlyList<SocketEffect> effects)
    {
        Carrying?.Invoke();
        foreach (SocketEffect effect in effects)
        {
            All.Enqueue(effect);
        }
    }
}
