using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A job as the table has it: times and periods in milliseconds, values as JSON.</summary>
internal sealed record JobRow(
    string Id, long Due, long? Every, string? Payload, string? Target, long RunsAt, int Failures, string? Error)
{
    /// <summary>The last of its due times that has come by now, and how many came before that one since it was due.</summary>
    public (long Due, long Passed) LatestDue(long now)
    {
        long passed = Every is { } every ? Math.Max(0, (now - Due) / every) : 0;
        return (Due + passed * (Every ?? 0), passed);
    }

    /// <summary>The job as callers and handlers see it.</summary>
    public ScheduledJob ToJob() => new(
        Id, DateTimeOffset.FromUnixTimeMilliseconds(Due), Every / 1_000m, Read<JsonElement?>(Payload), Read<JobTarget>(Target),
        DateTimeOffset.FromUnixTimeMilliseconds(RunsAt), Failures, Error);

    private static T? Read<T>(string? json) => json is null ? default : JsonSerializer.Deserialize<T>(json, ObjectJson.Options);
}
