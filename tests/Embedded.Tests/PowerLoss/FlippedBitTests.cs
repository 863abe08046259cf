using System.Text.Json;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.PowerLoss;

/// <summary>
/// One bit after the other is flipped in every file of a data folder. Either it is in bytes that nobody needs, or it is found, and the
/// message says in which file; what is served is what was stored.
/// </summary>
public sealed class FlippedBitTests : IAsyncLifetime
{
    private const int Stride = 61;
    private static readonly string[] Names = ["a", "b"];

    private readonly TestBed _bed = new(
        options => options.MaxJournalBytes = 8_192,
        new JournalOptions { FileBytes = 8_192, ZeroedAheadBytes = 1_024 },
        runtime: new ObjectRuntimeOptions { HistoryBytes = 4_096, MaxWholeBytes = 1_024 });

    private readonly Dictionary<string, (string Now, string Then, Bookmark Bookmark)> _expected = [];
    private MemoryFolder _stopped = new();

    public async Task InitializeAsync()
    {
        Dictionary<string, (string Then, Bookmark Bookmark)> then = [];
        for (int round = 0; round < 4; round++)
        {
            foreach (string name in Names)
            {
                for (int i = 0; i < 15; i++)
                {
                    await CallAsync(name, "Stamp", round * 20 + i, 10);
                }
                if (round == 1)
                {
                    then[name] = (await StateAsync(name), await BookmarkAsync(name));
                }
            }
            if (round < 3)
            {
                await _bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
            }
        }
        foreach (string name in Names)
        {
            _expected[name] = (await StateAsync(name), then[name].Then, then[name].Bookmark);
        }
        await TestBed.UntilAsync(() => _bed.Host.Archiver.IsIdle);
        await _bed.StopAsync();
        _stopped = _bed.Disk.Copy();
    }

    public async Task DisposeAsync()
    {
        _bed.Disk = _stopped.Copy();
        _bed.Start();
        await _bed.DisposeAsync();
    }

    [Theory]
    [InlineData(".journal", 2)]
    [InlineData(".segment", 4)]
    [InlineData(".snapshot", 1)]
    [InlineData("catalogue", 1)]
    [InlineData("catalogue.previous", 1)]
    [InlineData("clean", 1)]
    public async Task A_flipped_bit_is_harmless_or_found_and_named(string kind, int files)
    {
        string[] paths = [.. _stopped.AllFiles().Where(one => one.Name.EndsWith(kind, StringComparison.Ordinal))
            .Select(one => $"{one.Folder.Path}/{one.Name}")];
        Assert.True(paths.Length >= files, $"There are only {paths.Length} files of {kind}.");
        int found = 0;
        foreach (string path in paths)
        {
            int length = At(_stopped, path).Length;
            for (int at = 0; at < length; at += kind == "clean" ? 1 : Stride)
            {
                found += await IsFoundAsync(path, at, isTrusting: kind == "clean") ? 1 : 0;
            }
        }
        Assert.True(found > 0 || kind is "catalogue.previous" or "clean", "No flipped bit was found.");
    }

    [Fact]
    public void With_both_snapshots_of_the_catalogue_damaged_the_start_ends_and_says_so()
    {
        _bed.Disk = _stopped.Copy();
        _bed.Disk.Get("catalogue")[30] ^= 1;
        _bed.Disk.Get("catalogue.previous")[30] ^= 1;

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => _bed.Create());

        Assert.Contains("catalogue.previous", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_bit_in_a_database_that_a_clean_stop_left_is_found_and_the_database_rebuilt()
    {
        string path = _bed.Host.Folder.Database(ObjectAddress.OfName("subject", "a"));
        byte[] left = File.ReadAllBytes(path);
        for (int at = 0; at < left.Length; at += 5 * Stride)
        {
            byte[] flipped = [.. left];
            flipped[at] ^= 4;
            File.WriteAllBytes(path, flipped);
            _bed.Disk = _stopped.Copy();
            _bed.Log.Lines.Clear();
            _bed.Start();

            Assert.Equal(_expected["a"].Now, await StateAsync("a"));
            Assert.Contains(_bed.Log.Lines, line => line.Contains(path, StringComparison.Ordinal));
            await _bed.KillAsync();
        }
    }

    [Fact]
    public async Task A_log_that_comes_back_beside_a_database_that_a_clean_stop_left_is_not_read()
    {
        string path = _bed.Host.Folder.Database(ObjectAddress.OfName("subject", "a"));
        _bed.Disk = _stopped.Copy();
        _bed.Start();
        await CallAsync("a", "Add", 1);
        byte[] log = File.ReadAllBytes(path + "-wal");
        await CallAsync("a", "Add", 1);
        string expected = await StateAsync("a");
        await _bed.RestartAsync();
        await _bed.StopAsync();
        Assert.NotEmpty(log);
        File.WriteAllBytes(path + "-wal", log);

        _bed.Start();

        Assert.Equal(expected, await StateAsync("a"));
        await _bed.KillAsync();
    }

    private static byte[] At(MemoryFolder disk, string path)
    {
        (MemoryFolder folder, string name) = disk.AllFiles().Single(one => $"{one.Folder.Path}/{one.Name}" == path);
        return folder.Get(name);
    }

    /// <summary>Whether anything was noticed of a flipped bit. Wrong data must not be.</summary>
    private async Task<bool> IsFoundAsync(string path, int at, bool isTrusting)
    {
        string file = path[(path.LastIndexOf('/') + 1)..];
        string named = file.Contains('-', StringComparison.Ordinal) ? file[(file.IndexOf('-', StringComparison.Ordinal) + 1)..] : file;
        _bed.Disk = _stopped.Copy();
        At(_bed.Disk, path)[at] ^= (byte)(1 << (at % 8));
        if (!isTrusting)
        {
            _bed.Disk.Remove("clean");
        }
        _bed.Log.Lines.Clear();
        try
        {
            _bed.Start();
        }
        catch (Exception error) when (error is JournalCorruptException or NotSupportedException or InvalidOperationException)
        {
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
            return true;
        }
        bool isFound = _bed.Log.Lines.Any(line => line.Contains(named, StringComparison.Ordinal));
        foreach (string name in Names)
        {
            isFound |= await IsServedAsync(name, named, $"bit {at} of {path}");
        }
        await _bed.KillAsync();
        return isFound;
    }

    private async Task<bool> IsServedAsync(string name, string named, string where)
    {
        (string now, string then, Bookmark bookmark) = _expected[name];
        try
        {
            string served = await StateAsync(name);
            Assert.True(now == served, $"{where}: {name} holds {served}, not {now}");
            (await RunAsync(name, new RestoreTurn(bookmark))).OrThrow();
            string restored = await StateAsync(name);
            ObjectDetails details = await InspectAsync(name);
            if (details.RestoreError is { } refusal)
            {
                Assert.True(now == restored, $"{where}: {name} holds {restored} after a refused return, not {now}");
                Assert.Contains(named, refusal, StringComparison.Ordinal);
                return true;
            }
            Assert.True(then == restored, $"{where}: {name} returned to {restored}, not {then}");
            return false;
        }
        catch (DurableObjectException error)
        {
            Assert.Equal(ErrorCodes.Corrupt, error.Code);
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
            return true;
        }
    }

    private Task<Answer> RunAsync(string name, Turn turn) => _bed.Host
        .RunAsync(ObjectAddress.OfName("subject", name), turn, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

    private async Task<Answer> CallAsync(string name, string method, params object?[] arguments) =>
        (await RunAsync(name, TestBed.Call(method, arguments))).OrThrow();

    private async Task<string> StateAsync(string name) =>
        JsonSerializer.Deserialize<string>((await CallAsync(name, "State")).Json.Span, ObjectJson.Options)!;

    private async Task<ObjectDetails> InspectAsync(string name) => JsonSerializer.Deserialize<ObjectDetails>(
        (await RunAsync(name, new InspectTurn())).OrThrow().Json.Span, ObjectJson.Options)!;

    private async Task<Bookmark> BookmarkAsync(string name) => Bookmark.Parse((await InspectAsync(name)).Bookmark!);
}
