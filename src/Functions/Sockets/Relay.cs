using System.Buffers.Text;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// Carries out the socket effects of an object, each once: entries that it has carried out before are dropped. What goes to one
/// connection keeps its order, and what goes to the group comes after what was asked for before it; different connections do not wait
/// for each other.
/// </summary>
/// <remarks>
/// Sends are not durable: what the service does not take within its client's retries and <see cref="Patience"/> is given up, and the log
/// says how much it was. A worker that dies here has its batch carried out again, so that a client may get twice what was sent just
/// before. What must not be given up is that the group has the right members: a connection that could not join is closed, so that its
/// client comes back, and one that could not be closed is kept in mind, left out of what goes to the group, and tried again.
/// </remarks>
/// <param name="service">The service, or null if none is configured.</param>
/// <param name="payloads">Reads what did not fit into a batch.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="logger">Hears of what is given up.</param>
internal sealed partial class Relay(
    ISignalRService? service, RelayPayloads payloads, TimeProvider clock, ILogger<Relay> logger)
{
    /// <summary>Requests that are under way at once for one object.</summary>
    public const int Parallelism = 16;

    /// <summary>Unclosed connections that are kept in mind. They stand in URLs and in the state.</summary>
    public const int MaxUnclosed = 100;

    /// <summary>How often closing a connection is tried, with <see cref="RetryAfter"/> between: for an hour.</summary>
    public const int CloseAttempts = 60;

    /// <summary>What a client is told whose connection could not be put into the group.</summary>
    public const string CouldNotJoin = "The connection could not be made part of its object's; connect again.";

    /// <summary>How long one batch may take. Other relays of the worker go on meanwhile; the object's next sends wait behind it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>When unclosed connections are tried again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    /// <summary>Carries out what is new in a batch. Fails only if cancelled.</summary>
    /// <param name="group">The object's group.</param>
    /// <param name="state">The relay's state before.</param>
    /// <param name="batch">What to do.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The relay's state after it.</returns>
    public async Task<RelayState> SendAsync(string group, RelayState state, RelayBatch batch, CancellationToken cancellation)
    {
        List<RelayEntry> news = News(state, batch);
        if (news.Count == 0)
        {
            return state;
        }
        bool isPast = batch.Epoch < state.Epoch;
        if (!isPast && batch.Epoch == state.Epoch && news[0].Sequence > state.LastSequence + 1)
        {
            Skipped(group, state.LastSequence + 1, news[0].Sequence - 1);
        }
        List<RelayEffect> effects = await ReadAsync(group, news, cancellation);
        // Of an earlier life of the object nothing is sent any more, but its connections are closed: their ids are unique for all time.
        Unclosed unclosed = await CarryOutAsync(
            group, state, isPast ? [.. effects.OfType<RelayClose>()] : effects, cancellation);
        return isPast
            ? state with { Unclosed = unclosed.ToList() }
            : state with { Epoch = batch.Epoch, LastSequence = news[^1].Sequence, Unclosed = unclosed.ToList() };
    }

    /// <summary>The time.</summary>
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Tries to close what could not be closed before.</summary>
    public async Task<RelayState> RetryAsync(string group, RelayState state, CancellationToken cancellation) =>
        state with { Unclosed = (await CarryOutAsync(group, state, [], cancellation)).ToList() };

    private static List<RelayEntry> News(RelayState state, RelayBatch batch)
    {
        long seen = batch.Epoch == state.Epoch ? state.LastSequence : 0;
        return [.. batch.Entries.Where(entry => entry.Sequence > seen).OrderBy(entry => entry.Sequence)];
    }

    private async Task<List<RelayEffect>> ReadAsync(string group, List<RelayEntry> entries, CancellationToken cancellation)
    {
        List<RelayEffect> effects = [];
        foreach (RelayEntry entry in entries)
        {
            try
            {
                ReadOnlyMemory<byte> encoded = entry switch
                {
                    { Inline: { } text } => Base64Url.DecodeFromChars(text),
                    { Payload: { } reference } => await payloads(reference, cancellation),
                    _ => throw new InvalidDataException("The entry has no content."),
                };
                effects.AddRange(SocketEffectCodec.Decode(encoded));
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                // Whatever a store throws: one turn's sends must not take those of the others with them.
                Unreadable(error, group, entry.Sequence);
            }
        }
        return effects;
    }

    private async Task<Unclosed> CarryOutAsync(
        string group, RelayState state, List<RelayEffect> effects, CancellationToken cancellation)
    {
        Unclosed unclosed = new(state.Unclosed ?? []);
        if (service is null)
        {
            if (effects.Count > 0)
            {
                NotConfigured(group, effects.Count);
            }
            return new Unclosed([]);
        }
        using CancellationTokenSource patience = new(Patience, clock);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        RelayRun run = new(service, group, unclosed, both.Token);
        await run.CloseUnclosedAsync();
        await run.CarryOutAsync(effects);
        cancellation.ThrowIfCancellationRequested();
        if (run.FirstError is { } error)
        {
            GaveUp(error, group, run.Sends, run.GroupSends, run.Joins, run.Closes);
        }
        foreach (UnclosedSocket lost in unclosed.Cut())
        {
            LeftOpen(group, lost.ConnectionId, lost.Attempts);
        }
        return unclosed;
    }

    [LoggerMessage(
        1, LogLevel.Information, "The relay of {Group} has not seen the sends {First} to {Last}: they came with a later one, or not at all.")]
    private partial void Skipped(string group, long first, long last);

    [LoggerMessage(2, LogLevel.Error, "The sends of turn {Sequence} of {Group} cannot be read and are given up.")]
    private partial void Unreadable(Exception error, string group, long sequence);

    [LoggerMessage(3, LogLevel.Error, "No SignalR Service is configured: {Count} socket effects of {Group} are given up.")]
    private partial void NotConfigured(string group, int count);

    [LoggerMessage(
        4, LogLevel.Error,
        "For {Group}, SignalR Service did not take {Sends} sends to connections, {GroupSends} to all, {Joins} joins and {Closes} closes. "
        + "The sends are given up; what did not join is closed, and what was not closed is tried again.")]
    private partial void GaveUp(Exception error, string group, int sends, int groupSends, int joins, int closes);

    [LoggerMessage(5, LogLevel.Error, "The connection {ConnectionId} of {Group} could not be closed in {Attempts} attempts and is left open.")]
    private partial void LeftOpen(string group, string connectionId, int attempts);
}
