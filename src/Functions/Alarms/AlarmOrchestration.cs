using System.Globalization;
using System.Text.Json.Serialization;
using DurableObjects.Functions.Objects;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.Functions.Alarms;

/// <summary>
/// Waits for the time when an object wants to be woken, and wakes it. The object knows which of its orchestrations is the one that is
/// outstanding; any other is ignored when it fires, so nothing ever has to be cancelled.
/// </summary>
public static class AlarmOrchestration
{
    /// <summary>The orchestration's name.</summary>
    public const string Name = "alarm";

    /// <summary>What the ids of its instances begin with.</summary>
    public const string Prefix = "alarm.";

    /// <summary>
    /// The longest wait of one run. Timers of more than three days are made of shorter ones by the platform, each with its place in the
    /// history; after this time a run makes way for a new one with an empty history.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    /// <summary>Further attempts to wake an object, after 5, 10, 20 s …: the last after an hour and a half.</summary>
    private const int Retries = 10;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);

    /// <summary>Waits and wakes.</summary>
    [Function(Name)]
    public static async Task WaitAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        AlarmRequest request = context.GetInput<AlarmRequest>() ?? throw new ArgumentException("The orchestration has no input.");
        DateTime at = DateTimeOffset.FromUnixTimeMilliseconds(request.At).UtcDateTime;
        TimeSpan wait = at - context.CurrentUtcDateTime;
        if (wait > LongestWait)
        {
            await context.CreateTimer(context.CurrentUtcDateTime + LongestWait, CancellationToken.None);
            context.ContinueAsNew(request, preserveUnprocessedEvents: false);
            return;
        }
        if (wait > TimeSpan.Zero)
        {
            await context.CreateTimer(at, CancellationToken.None);
        }
        EntityInstanceId entity = new(ObjectKeys.Entity, request.Key);
        ClockRequest clock = new(request.Epoch, request.Number);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                // Not a signal: a worker that dies takes the operations of its batch along, and nobody would ever know.
                await context.Entities.CallEntityAsync(entity, ObjectOperations.Clock, clock);
                return;
            }
            catch (EntityOperationFailedException) when (attempt < Retries)
            {
                await context.CreateTimer(context.CurrentUtcDateTime + FirstRetry * (1 << attempt), CancellationToken.None);
            }
        }
    }

    /// <summary>
    /// The id under which it runs: a batch that is repeated starts it again under the same one, which starts nothing.
    /// </summary>
    public static string InstanceIdOf(AlarmRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}{request.Key}.{request.Epoch:x}.{request.Number:x}");
    }
}

/// <summary>What an alarm's orchestration is to do.</summary>
/// <param name="Key">The key of the object's entity.</param>
/// <param name="Epoch"><see cref="ObjectState.Epoch"/>.</param>
/// <param name="Number">Its number among the object's.</param>
/// <param name="At">When to wake the object, in milliseconds since 1970.</param>
public sealed record AlarmRequest(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("epoch")] long Epoch,
    [property: JsonPropertyName("n")] long Number,
    [property: JsonPropertyName("at")] long At);
