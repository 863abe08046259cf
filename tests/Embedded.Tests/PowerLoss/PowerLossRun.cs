using System.Text.Json;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.PowerLoss;

/// <summary>
/// One life of a host on a disk that loses power, all of it decided by a seed: what is asked of a few objects, after how many
/// operations of the disk the power fails, and what is left then. The host's threads are real: where two of them use the disk at once,
/// their order may differ from run to run, and with it the moment that the count falls on. What one file loses is drawn for that file
/// alone, so that such a difference stays small.
/// </summary>
internal sealed class PowerLossRun : IAsyncDisposable
{
    private const int Rows = 12;

    private readonly TestBed _bed;
    private readonly Random _random;
    private readonly DatabaseScraps _scraps;
    private readonly TimeSpan _retention = TimeSpan.FromHours(1);
    private readonly Dictionary<string, Known> _known = [];
    private readonly List<(string Sender, string Receiver, long First, int Times)> _sends = [];
    private DateTimeOffset _swept = DateTimeOffset.UnixEpoch;
    private long _next = 1;
    private int _left;
    private bool _isOff;
    private bool _isRunning = true;

    public PowerLossRun(int seed)
    {
        _random = new Random(seed);
        int fileBytes = 4_096 << _random.Next(4);
        long journalBytes = fileBytes * (long)_random.Next(1, 4);
        _bed = new TestBed(
            options =>
            {
                options.MaxJournalBytes = journalBytes;
                options.Retention = _retention;
                options.ArchiveEvery = TimeSpan.FromDays(1_000);
                options.HibernateAfter = TimeSpan.FromMinutes(10);
                // The clock may leap while a turn that it caused is running.
                options.TurnDeadline = TimeSpan.FromDays(1_000);
            },
            new JournalOptions { FileBytes = fileBytes, ZeroedAheadBytes = 1_024 << _random.Next(3) },
            seed,
            runtime: new ObjectRuntimeOptions
            {
                HistoryBytes = 4_096 << _random.Next(5),
                MaxWholeBytes = _random.Next(2) == 0 ? 1_024 : 16 * 1_024 * 1_024,
                CheckpointBytes = 8_192 << _random.Next(8),
            });
        _scraps = new DatabaseScraps(_bed.Data);
        foreach (string name in new[] { "a", "b", "c", "d" }.Take(_random.Next(2, 5)))
        {
            _known.Add(name, new Known());
        }
    }

    /// <summary>What was done, for whoever looks into a failure.</summary>
    public List<string> Steps { get; } = [];

    /// <summary>What the hosts logged.</summary>
    public IEnumerable<string> Log => _bed.Log.Lines;

    public int PowerLosses { get; private set; }

    public int Restores { get; private set; }

    public async Task RunAsync()
    {
        for (int life = _random.Next(1, 4); life > 0; life--)
        {
            Supply(_random.Next(4) == 0 ? int.MaxValue : _random.Next(1, 250));
            for (int step = _random.Next(4, 22); step > 0 && !_isOff; step--)
            {
                await StepAsync();
            }
            await EndAsync();
            await RecoverAsync();
        }
        foreach (string name in _known.Keys)
        {
            for (int i = 0; i < 2; i++)
            {
                await RestoreAsync(name);
                await VerifyAsync();
            }
        }
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private static ObjectAddress Address(string name) => ObjectAddress.OfName("subject", name);

    /// <summary>Lets the disk do so many operations before the power fails.</summary>
    private void Supply(int operations)
    {
        Volatile.Write(ref _isOff, false);
        _left = operations;
        _bed.Disk.BeforeAt = (operation, _) =>
        {
            if (Volatile.Read(ref _isOff))
            {
                throw new PowerOffException();
            }
            if (operation != "read" && Interlocked.Decrement(ref _left) < 0)
            {
                // The last operation may have been done in part.
                Volatile.Write(ref _isOff, true);
                throw new IOException("The power fails.");
            }
        };
    }

    private async Task StepAsync()
    {
        string name = Any();
        switch (_random.Next(20))
        {
            case 0:
                await TryAsync("hibernate", () => _bed.Host.Live.HibernateAllAsync(CancellationToken.None));
                break;
            case 1 or 2:
                TimeSpan by = TimeSpan.FromSeconds(_random.Next(3) == 0 ? _random.Next(3_000) : _random.Next(5));
                await TryAsync($"advance {by}", () =>
                {
                    _bed.Clock.Advance(by);
                    return Task.CompletedTask;
                });
                break;
            case 3:
                await TryAsync("archive", () => _bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None));
                break;
            case 4:
                await TryAsync("archive and sweep", async () =>
                {
                    await _bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
                    _swept = _bed.Clock.GetUtcNow();
                    await _bed.Host.Archiver.SweepAsync(CancellationToken.None);
                });
                break;
            case 5 or 6:
                await RestoreAsync(name);
                break;
            case 7:
                await EndObjectAsync(name);
                break;
            case 8 or 9:
                await RememberAsync(name);
                break;
            case 10:
                _scraps.Remember();
                break;
            case 11 or 12:
                Task[] burst = [.. Enumerable.Range(0, _random.Next(2, 8)).Select(_ => AskAsync(Any()))];
                await Task.WhenAll(burst);
                break;
            default:
                await AskAsync(name);
                break;
        }
        await SettleAsync();
        if (!_isOff && _random.Next(4) == 0)
        {
            await VerifyAsync();
        }
    }

    private string Any() => _known.Keys.ElementAt(_random.Next(_known.Count));

    /// <summary>One turn, whose outcome is known if it is answered, and one of two if it is not.</summary>
    private Task AskAsync(string name)
    {
        long stamp = _next++;
        int number = _random.Next(1, Rows);
        switch (_random.Next(7))
        {
            case 0:
                int bytes = _random.Next(8) switch { 0 => _random.Next(40_000), 1 => 0, _ => _random.Next(3_000) };
                return TurnAsync(name, "Keep", [stamp, bytes], state => state with { Bytes = SubjectState.Blob(stamp, bytes) });
            case 1 or 2:
                return TurnAsync(name, "Stamp", [stamp, number], state => state.Stamp(stamp, number));
            case 3:
                return TurnAsync(name, "Trim", [number], state => state.Trim(number));
            case 4:
                string receiver = Any();
                int times = _random.Next(1, 4);
                _next += times;
                lock (_sends)
                {
                    _sends.Add((name, receiver, stamp, times));
                }
                return TurnAsync(
                    name, "Send", [receiver, stamp, times],
                    state => state with { Told = state.Told.SetItem(receiver, stamp + times - 1) });
            case 5:
                long at = (_bed.Clock.GetUtcNow() + TimeSpan.FromSeconds(number)).ToUnixTimeMilliseconds();
                return TurnAsync(name, "Arm", [number], state => state with { Alarm = at });
            default:
                return TurnAsync(name, "Add", [stamp], state => state with { Sum = state.Sum + stamp });
        }
    }

    private Task TurnAsync(string name, string method, object?[] arguments, Func<SubjectState, SubjectState> change)
    {
        Known known = _known[name];
        SubjectState after = Propose(known, change);
        return TryAsync($"{method} {name} {string.Join(' ', arguments)}", async () =>
        {
            await CallAsync(name, method, arguments);
            // Without power an object is woken afresh from what is durable, and there a turn that finds nothing to change succeeds.
            if (method != "Trim" || !Volatile.Read(ref _isOff))
            {
                known.Acknowledge(after);
            }
        });
    }

    private async Task EndObjectAsync(string name)
    {
        Known known = _known[name];
        bool isPurge = _random.Next(2) == 0;
        // What was heard until now ends with the object, and what is heard later does not.
        await VerifyAsync();
        if (Volatile.Read(ref _isOff))
        {
            return;
        }
        SubjectState after = Propose(known, _ => SubjectState.Empty);
        known.IsPurging = isPurge;
        await TryAsync($"{(isPurge ? "purge" : "end")} {name}", async () =>
        {
            // By the time an object is told from an earlier one of the same id.
            _bed.Clock.Advance(TimeSpan.FromMilliseconds(1));
            if (!isPurge)
            {
                await CallAsync(name, "End");
            }
            else
            {
                try
                {
                    await _bed.Host.PurgeAsync(Address(name), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
                }
                catch (DurableObjectException error) when (error.Status == 404)
                {
                    // It has never been.
                }
                Bookmark? old = known.Bookmarks.Count > 0 ? known.Bookmarks[^1].Bookmark : null;
                known.Bookmarks.Clear();
                if (old is { } bookmark)
                {
                    Answer answer = await RunAsync(name, new RestoreTurn(bookmark));
                    Assert.Equal(404, answer.Error?.Status);
                }
            }
            known.IsPurging = false;
            known.Acknowledge(after);
        });
    }

    private async Task RememberAsync(string name)
    {
        await VerifyAsync();
        await TryAsync($"remember {name}", async () =>
        {
            Answer answer = await RunAsync(name, new InspectTurn());
            if (answer.Error is null
                && JsonSerializer.Deserialize<ObjectDetails>(answer.Json.Span, ObjectJson.Options)!.Bookmark is { } bookmark)
            {
                _known[name].Bookmarks.Add(new(Bookmark.Parse(bookmark), _known[name].State, _bed.Clock.GetUtcNow()));
            }
        });
    }

    private async Task RestoreAsync(string name)
    {
        Known known = _known[name];
        await VerifyAsync();
        Remembered[] reachable = [.. known.Bookmarks.Where(one => one.At >= _swept - _retention)];
        if (reachable.Length == 0 || Volatile.Read(ref _isOff))
        {
            return;
        }
        Remembered target = reachable[_random.Next(reachable.Length)];
        SubjectState before = known.State;
        SubjectState after = Propose(known, _ => target.State);
        await TryAsync($"restore {name} to {target.Bookmark} of {target.At:mm:ss}", async () =>
        {
            Answer answer = (await RunAsync(name, new RestoreTurn(target.Bookmark))).OrThrow();
            known.Acknowledge(after);
            string undo = JsonSerializer.Deserialize<string>(answer.Json.Span, ObjectJson.Options)!;
            known.Bookmarks.Add(new(Bookmark.Parse(undo), before, _bed.Clock.GetUtcNow()));
            Restores++;
        });
        await SettleAsync();
    }

    private SubjectState Propose(Known known, Func<SubjectState, SubjectState> change)
    {
        DateTimeOffset now = _bed.Clock.GetUtcNow();
        return known.Propose(state => change(state.At(now)));
    }

    /// <summary>Waits until the host has nothing more to do by itself, or the power is gone.</summary>
    private Task SettleAsync() => TestBed.UntilAsync(() => Volatile.Read(ref _isOff) || !_isRunning || IsQuiet());

    private bool IsQuiet()
    {
        EmbeddedHost host = _bed.Host;
        DateTimeOffset now = _bed.Clock.GetUtcNow();
        // This clock's timers fire only as it is moved, also those that are set for now.
        _bed.Clock.Advance(TimeSpan.Zero);
        return host.WakeClock.IsIdle
            && host.Catalogue.Entries.All(entry => entry is { MustResume: false, Summary: { Outbox: 0, RestoreTo: null } }
                && !(entry.Summary.WakeAt <= now))
            && host.Journal.Metrics.QueuedBytes == 0
            && host.Archiver.IsIdle;
    }

    /// <summary>Every object must hold what was acknowledged, and of what was not, the first so many turns or none.</summary>
    private async Task VerifyAsync()
    {
        await SettleAsync();
        Dictionary<string, string> told = [];
        foreach (string name in _known.Keys)
        {
            await TryAsync($"look at {name}", async () => told[name] = await TextAsync(name, "State"));
        }
        string read = Any();
        await TryAsync($"read {read}", async () => Assert.Equal(told[read], await TextAsync(read, "Look")));
        // The first look may be the first turn of an object since an alarm or a return.
        await SettleAsync();
        if (Volatile.Read(ref _isOff))
        {
            return;
        }
        DateTimeOffset now = _bed.Clock.GetUtcNow();
        foreach ((string name, Known known) in _known)
        {
            known.Find(told[name], now, name);
        }
        foreach ((string sender, string receiver, long first, int times) in _sends)
        {
            if (_known[sender].Matches[0].Told.GetValueOrDefault(receiver) >= first + times - 1)
            {
                _known[receiver].Matches = [.. _known[receiver].Matches.Select(one => one.Hear(sender, first, times))];
            }
        }
        _sends.Clear();
        foreach ((string name, Known known) in _known)
        {
            known.Settle(told[name], name);
        }
    }

    /// <summary>Ends the host: by a clean stop, or by the power.</summary>
    private async Task EndAsync()
    {
        if (!_isOff && _random.Next(3) == 0)
        {
            await TryAsync("stop", async () =>
            {
                _isRunning = false;
                await _bed.StopAsync();
            });
            if (!_isOff && _random.Next(2) == 0)
            {
                // Nothing fails in between.
                return;
            }
        }
        await LosePowerAsync();
    }

    private async Task LosePowerAsync()
    {
        Volatile.Write(ref _isOff, true);
        PowerLosses++;
        Steps.Add("power loss");
        Dictionary<string, byte[]> now = _scraps.Read();
        if (_isRunning)
        {
            _isRunning = false;
            await _bed.CrashAsync();
        }
        else
        {
            _bed.LosePower();
        }
        _scraps.Scatter(now, _bed.Random);
    }

    /// <summary>Starts the host, also through further failures, until everything is seen to be there.</summary>
    private async Task RecoverAsync()
    {
        while (true)
        {
            Supply(_random.Next(3) == 0 ? _random.Next(60) : int.MaxValue);
            await TryAsync("start", () =>
            {
                _bed.Start();
                _isRunning = true;
                return Task.CompletedTask;
            });
            if (!_isOff)
            {
                await VerifyAsync();
            }
            if (!_isOff)
            {
                Supply(int.MaxValue);
                return;
            }
            await LosePowerAsync();
        }
    }

    private async Task TryAsync(string step, Func<Task> work)
    {
        lock (Steps)
        {
            Steps.Add(step);
        }
        try
        {
            await work();
        }
        catch (Exception error) when (Volatile.Read(ref _isOff) && error is not (TimeoutException or Xunit.Sdk.XunitException))
        {
            // Whatever fails without power may; whether it happened is seen afterwards.
            lock (Steps)
            {
                Steps.Add($"{step}: no answer");
            }
        }
        catch (Exception error) when (error is not InvalidOperationException { Source: nameof(PowerLossRun) })
        {
            throw new InvalidOperationException($"{step}: {error.Message}", error) { Source = nameof(PowerLossRun) };
        }
    }

    private Task<Answer> RunAsync(string name, Turn turn) =>
        _bed.Host.RunAsync(Address(name), turn, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

    private async Task<Answer> CallAsync(string name, string method, params object?[] arguments) =>
        (await RunAsync(name, TestBed.Call(method, arguments))).OrThrow();

    private async Task<string> TextAsync(string name, string method) =>
        JsonSerializer.Deserialize<string>((await CallAsync(name, method)).Json.Span, ObjectJson.Options)!;

    /// <summary>A state that can be returned to.</summary>
    private sealed record Remembered(Bookmark Bookmark, SubjectState State, DateTimeOffset At);

    /// <summary>What is known of an object.</summary>
    private sealed class Known
    {
        private readonly Lock _lock = new();
        private List<SubjectState> _possible = [SubjectState.Empty];

        public List<Remembered> Bookmarks { get; } = [];

        public bool IsPurging { get; set; }

        /// <summary>The possible states that the object may be in by what it told, but for the signals that it heard since.</summary>
        public List<SubjectState> Matches { get; set; } = [];

        /// <summary>The state, when it is known.</summary>
        public SubjectState State => _possible[^1];

        public SubjectState Propose(Func<SubjectState, SubjectState> change)
        {
            lock (_lock)
            {
                SubjectState after = change(_possible[^1]) with { };
                _possible.Add(after);
                return after;
            }
        }

        public void Acknowledge(SubjectState state)
        {
            lock (_lock)
            {
                int at = _possible.FindIndex(one => ReferenceEquals(one, state));
                _possible.RemoveRange(0, Math.Max(at, 0));
            }
        }

        public void Find(string told, DateTimeOffset now, string name)
        {
            Matches = [.. _possible.Select(one => one.At(now)).Where(one => Core(one.ToString()) == Core(told))];
            Assert.True(
                Matches.Count > 0,
                $"{name} holds\n  {told}\nwhich is none of\n  {string.Join("\n  ", _possible.Select(one => one.At(now)))}\n");
        }

        public void Settle(string told, string name)
        {
            SubjectState? state = Matches.Find(one => one.ToString() == told);
            Assert.True(state is not null, $"{name} holds\n  {told}\nand must have heard\n  {string.Join("\n  ", Matches)}\n");
            if (IsPurging && state == Matches.Find(one => one.ToString() == SubjectState.Empty.ToString()))
            {
                Bookmarks.Clear();
            }
            IsPurging = false;
            _possible = [state];
        }

        private static string Core(string text) => text.Split(" heard/")[0];
    }
}
