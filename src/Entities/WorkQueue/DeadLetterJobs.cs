using System.Globalization;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>The dead letters among the <see cref="WorkJobs"/>, in the order in which they died.</summary>
internal sealed class DeadLetterJobs(ObjectStorage storage)
{
    /// <summary>A page of them. What has lapsed for the last time is dead, although the alarm may not have come yet.</summary>
    public WorkDeadLetters Page(int limit, string? cursor, long now, int maxDeliveries)
    {
        (long at, long number) = ReadCursor(cursor);
        List<Row> rows =
        [
            .. storage.Sql.Exec(
                $"""
                SELECT number, id, json, priority, deliveries, error, enqueued_at, visible_at FROM (
                    SELECT * FROM (SELECT number, id, priority, deliveries, error, enqueued_at, visible_at FROM job
                        WHERE state = 'dead' AND (visible_at, number) > (?3, ?4) ORDER BY visible_at, number LIMIT ?5)
                    UNION ALL
                    SELECT number, id, priority, deliveries, {WorkJobs.EndedByTimeout}, enqueued_at, visible_at FROM job
                        WHERE {WorkJobs.Lapsing} AND state = 'held' AND deliveries >= ?2 AND (visible_at, number) > (?3, ?4))
                JOIN payload ON payload.job = number ORDER BY visible_at, number LIMIT ?5
                """, now, maxDeliveries, at, number, limit + 1).As<Row>(),
        ];
        Row? last = rows.Count > limit ? rows[limit - 1] : null;
        return new WorkDeadLetters(
            [.. rows.Take(limit).Select(row => row.ToDeadLetter())], last is null ? null : $"{last.VisibleAt}-{last.Number}");
    }

    /// <summary>Makes them jobs again: those of the ids, or the first <see cref="WorkLimits.StepJobs"/>.</summary>
    public void Redrive(IReadOnlyList<string>? ids, long now)
    {
        const string Move = "UPDATE job SET state = 'ready', deliveries = 0, visible_at = ? WHERE state = 'dead'";
        if (ids is null)
        {
            storage.Sql.Exec(
                $"{Move} AND number IN (SELECT number FROM job WHERE state = 'dead' ORDER BY visible_at, number LIMIT ?)",
                now, WorkLimits.StepJobs);
        }
        else
        {
            storage.Sql.Exec($"{Move} AND id IN (SELECT value FROM json_each(?))", now, JsonSerializer.Serialize(ids, ObjectJson.Options));
        }
    }

    private static (long At, long Number) ReadCursor(string? cursor)
    {
        if (cursor is null)
        {
            return (long.MinValue, 0);
        }
        string[] parts = cursor.Split('-', 2);
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long at)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? (at, number)
            : throw Argument.Invalid($"'cursor' is '{Argument.Shorten(cursor)}', which no page ended with.");
    }

    private sealed record Row(
        long Number, string Id, string Json, int Priority, int Deliveries, string? Error, long EnqueuedAt, long VisibleAt)
    {
        public WorkDeadLetter ToDeadLetter() => new(
            Id, JsonSerializer.Deserialize<JsonElement>(Json, ObjectJson.Options), Priority, Deliveries, Error,
            DateTimeOffset.FromUnixTimeMilliseconds(EnqueuedAt), DateTimeOffset.FromUnixTimeMilliseconds(VisibleAt));
    }
}
