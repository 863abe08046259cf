using System.Runtime.CompilerServices;
using System.Text.Json;
using DurableObjects.Archive;
using DurableObjects.Functions.Blobs;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Archive;

/// <summary>
/// Drops what is past the retention, what a lost commit or a purge that was cut short has left, and old payloads. It runs beside the
/// objects: pieces are listed first and the state that names them is asked for afterwards, so a piece that was named meanwhile counts as
/// named; and a deletion names the ETag that was listed, so a piece that was written again meanwhile, to be named, stays.
/// </summary>
/// <param name="archive">Has the pieces.</param>
/// <param name="payloads">Has the payloads.</param>
/// <param name="positions">Says what is named.</param>
/// <param name="retention">How far back an object can be returned.</param>
/// <param name="clock">The host's clock; it may differ from the storage's by minutes.</param>
/// <param name="logger">Told of the result, and of objects that cannot be judged.</param>
public sealed partial class ArchiveSweep(
    BlobArchive archive, PayloadStore payloads, IArchivePositions positions, TimeSpan retention, TimeProvider clock,
    ILogger<ArchiveSweep> logger)
{
    /// <summary>
    /// How old a piece must be before it is deleted because the object's state does not name it: the batch that wrote it may not have
    /// committed yet. A batch that is tried again writes its pieces again, so this only has to be longer than one attempt lasts from its
    /// first piece to its commit; a day leaves room for a worker that was suspended and for clocks that differ.
    /// </summary>
    public static readonly TimeSpan UnnamedFor = TimeSpan.FromHours(24);

    /// <summary>
    /// An object is judged at every sweep for so long beyond the retention after its last piece was written. All of its pieces are past
    /// the retention then, so whatever can expire has; and several sweeps had their try at it.
    /// </summary>
    public static readonly TimeSpan JudgedBeyondRetention = TimeSpan.FromDays(7);

    /// <summary>
    /// Days between two judgements of an object that is idle. Only an object that lost its state since has anything to delete then, but
    /// what a purge has left must not stay for ever.
    /// </summary>
    private const int IdleDays = 30;

    /// <summary>How much further a sweep begins each day, in 256ths of all ids: odd, so that each comes to be the first.</summary>
    private const int FirstStep = 97;

    /// <summary>Objects judged at once: each waits for one answer after the other.</summary>
    private const int AtOnce = 8;

    /// <summary>
    /// Goes through all payloads and all objects once. Costs two requests for each 5,000 pieces and one for each 5,000 payloads, one for
    /// each deletion, and for each object that is not idle a read of its state and one request for each piece of its history. Each day
    /// it begins elsewhere, so that objects have their turn even if there are too many for the time that a sweep is given.
    /// </summary>
    public async Task<SweepResult> SweepAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = clock.GetUtcNow();
        long dropped = await payloads.SweepAsync(now - PayloadStore.KeptFor, cancellation);
        Tally tally = new();
        int first = (int)(DayOf(now) * FirstStep % 256);
        await SweepAsync(id => FirstByte(id) >= first, now, tally, cancellation);
        await SweepAsync(id => FirstByte(id) < first, now, tally, cancellation);
        SweepResult result = tally.Result(dropped);
        LogSwept(result.Objects, result.Idle, result.Expired, result.Unnamed, result.Payloads, now - retention);
        return result;
    }

    private Task SweepAsync(Func<ObjectId, bool> isWanted, DateTimeOffset now, Tally tally, CancellationToken cancellation) =>
        Parallel.ForEachAsync(
            ByObjectAsync(archive.ListAllEntriesAsync(cancellation), isWanted, cancellation),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            (pieces, token) => SweepAsync(pieces, now, tally, token));

    private static async IAsyncEnumerable<IReadOnlyList<ArchiveEntry>> ByObjectAsync(
        IAsyncEnumerable<ArchiveEntry> entries, Func<ObjectId, bool> isWanted, [EnumeratorCancellation] CancellationToken cancellation)
    {
        List<ArchiveEntry> pieces = [];
        await foreach (ArchiveEntry entry in entries.WithCancellation(cancellation))
        {
            if (!isWanted(entry.Name.Id))
            {
                continue;
            }
            if (pieces.Count > 0 && (pieces[0].Name.Id != entry.Name.Id || pieces[0].Name.ClassName != entry.Name.ClassName))
            {
                yield return pieces;
                pieces = [];
            }
            pieces.Add(entry);
        }
        if (pieces.Count > 0)
        {
            yield return pieces;
        }
    }

    private async ValueTask SweepAsync(
        IReadOnlyList<ArchiveEntry> pieces, DateTimeOffset now, Tally tally, CancellationToken cancellation)
    {
        PieceName any = pieces[0].Name;
        if (pieces.Max(piece => piece.LastModified) < now - retention - JudgedBeyondRetention && !IsItsDay(any.Id, now))
        {
            tally.AddIdle();
            return;
        }
        try
        {
            ArchiveState? state = await positions.FindAsync(any.ClassName, any.Id, cancellation);
            UnneededPieces unneeded = await Retention.FindUnneededAsync(
                archive, [.. pieces.Select(piece => piece.Name)], state?.Position, now - retention, cancellation);
            Dictionary<PieceName, ArchiveEntry> listed = pieces.ToDictionary(piece => piece.Name);
            // An object that has pieces but no state was purged, or has never committed. But to a host that looks into the wrong task hub
            // all objects look like that: their pieces are kept as long as the retention, which is time to notice.
            DateTimeOffset unnamedSince = now - (state is null ? retention : UnnamedFor);
            long unnamed = await DeleteUnnamedAsync(
                unneeded.Unnamed.Select(name => listed[name]).Where(piece => piece.LastModified < unnamedSince), cancellation);
            long expired = await DeleteExpiredAsync(unneeded.Expired, listed, cancellation);
            tally.Add(unnamed, expired);
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or FormatException or NotSupportedException)
        {
            // What cannot be read cannot be judged; one object's damage must not keep the others' past for ever.
            tally.AddFailed();
            LogFailed(error, any.ClassName, any.Id);
        }
    }

    private async ValueTask<long> DeleteUnnamedAsync(IEnumerable<ArchiveEntry> pieces, CancellationToken cancellation)
    {
        long deleted = 0;
        foreach (ArchiveEntry piece in pieces)
        {
            deleted += await archive.DeleteAsync(piece, cancellation) ? 1 : 0;
        }
        return deleted;
    }

    /// <summary>Oldest first, and no further than to one that stays: what is left must be a history.</summary>
    private async ValueTask<long> DeleteExpiredAsync(
        IReadOnlyList<PieceName> expired, Dictionary<PieceName, ArchiveEntry> listed, CancellationToken cancellation)
    {
        long deleted = 0;
        foreach (PieceName name in expired)
        {
            // One that was not listed was written meanwhile.
            if (!listed.TryGetValue(name, out ArchiveEntry? piece) || !await archive.DeleteAsync(piece, cancellation))
            {
                break;
            }
            deleted++;
        }
        return deleted;
    }

    /// <summary>Whether an idle object is judged today: each has one day in <see cref="IdleDays"/>, by its id.</summary>
    private static bool IsItsDay(ObjectId id, DateTimeOffset now) => DayOf(now) % IdleDays == FirstByte(id) % IdleDays;

    private static long DayOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 86_400;

    private static byte FirstByte(ObjectId id) => id.ToByteArray()[0];

    private sealed class Tally
    {
        private long _objects;
        private long _idle;
        private long _failed;
        private long _expired;
        private long _unnamed;

        public void AddIdle() => Interlocked.Increment(ref _idle);

        public void AddFailed() => Interlocked.Increment(ref _failed);

        public void Add(long unnamed, long expired)
        {
            Interlocked.Increment(ref _objects);
            Interlocked.Add(ref _unnamed, unnamed);
            Interlocked.Add(ref _expired, expired);
        }

        public SweepResult Result(long payloads) => new(_objects, _idle, _failed, _expired, _unnamed, payloads);
    }
}
