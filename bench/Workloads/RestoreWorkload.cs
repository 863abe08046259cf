using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>
/// Returns a large object to an earlier moment, until the first read after it has answered, against copying its database file and
/// flushing the copy. workerd by itself has no recovery to compare with.
/// </summary>
internal sealed class RestoreWorkload(BenchOptions options) : Workload(options)
{
    private const string ClassName = "bench-blob";
    private const string Key = "large";
    private const long PieceBytes = 1_024 * 1_024;

    private Side? _embedded;
    private int _restores;

    public override string Name => "restore";

    public override string Title =>
        string.Create(CultureInfo.InvariantCulture, $"return of a {Options.BlobMebibytes:N0} MiB object to a bookmark");

    public override string Unit => "ms";

    public override bool IsRate => false;

    public override string Peer => "file copy, flushed";

    private long Bytes => Options.BlobMebibytes * PieceBytes;

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        if (!side.IsEmbedded)
        {
            return null;
        }
        _embedded = side;
        await side.SendAsync(Requests.Call(ClassName, Key, "add", "[1]"));
        HttpReply probe = await side.TrySendAsync(
            Requests.Post($"/api/objects/{ClassName}/{Key}/recovery-points", """{"label":"probe"}"""));
        if (probe.Status is 404 or 405)
        {
            return $"the host has no recovery points yet (it answered {probe.Status})";
        }
        probe.OrThrow("A recovery point");
        for (int left = Options.BlobMebibytes - 1; left > 0; left -= 10)
        {
            await side.SendAsync(Requests.Call(
                ClassName, Key, "add", string.Create(CultureInfo.InvariantCulture, $"[{Math.Min(10, left)}]")));
        }
        return null;
    }

    public override Task<Figure> MeasureAsync(Side side, Side other) => side.IsEmbedded ? RestoreAsync(side) : CopyAsync();

    private async Task<Figure> RestoreAsync(Side side)
    {
        string label = string.Create(CultureInfo.InvariantCulture, $"round-{++_restores}");
        string body = $$"""{"label":"{{label}}"}""";
        await side.SendAsync(Requests.Post($"/api/objects/{ClassName}/{Key}/recovery-points", body));
        await side.SendAsync(Requests.Call(ClassName, Key, "spoil", string.Create(CultureInfo.InvariantCulture, $"[{_restores}]")));
        long spoiled = await SizeAsync(side);
        long began = Stopwatch.GetTimestamp();
        string answer = await side.SendAsync(Requests.Post($"/api/objects/{ClassName}/{Key}/restore", body));
        long restored = await SizeAsync(side);
        double elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        using JsonDocument document = JsonDocument.Parse(answer);
        return new Figure(elapsed) { Operations = 1 }
            .Check(spoiled < Bytes, () => "Nothing had changed before the return.")
            .Check(restored == Bytes, () => $"After the return the pieces have {restored} bytes instead of {Bytes}.")
            .Check(document.RootElement.TryGetProperty("undo", out _), () => $"The return names no bookmark to undo it: {answer}");
    }

    private async Task<Figure> CopyAsync()
    {
        Side embedded = _embedded ?? throw new InvalidOperationException("The embedded host is prepared first.");
        FileInfo database = new DirectoryInfo(embedded.Folder).EnumerateFiles("*.sqlite", SearchOption.AllDirectories)
            .MaxBy(file => file.Length) ?? throw new BenchException("The host has no database file to copy.");
        string copy = Path.Combine(embedded.Folder, "copy");
        long began = Stopwatch.GetTimestamp();
        await using (FileStream source = new(database.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        await using (FileStream target = new(copy, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            await source.CopyToAsync(target, 1_024 * 1_024);
            target.Flush(flushToDisk: true);
        }
        double elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        long copied = new FileInfo(copy).Length;
        File.Delete(copy);
        return new Figure(elapsed) { Operations = 1 }
            .Check(copied >= Bytes, () => $"The copied file has {copied} bytes, which is less than the {Bytes} in it.");
    }

    private static Task<long> SizeAsync(Side side) => side.NumberAsync(Requests.Read(ClassName, Key, "size"));
}
