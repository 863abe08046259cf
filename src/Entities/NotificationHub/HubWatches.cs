namespace DurableObjects.Entities;

/// <summary>Who watches what, found by what a post is about: no post looks at all watches.</summary>
internal sealed class HubWatches(ObjectStorage storage)
{
    public const string Migration =
        """
        CREATE TABLE watch(
            id INTEGER PRIMARY KEY, subscriber INTEGER NOT NULL, topic TEXT,
            south REAL, west REAL, north REAL, east REAL, since INTEGER NOT NULL);
        CREATE INDEX watch_by_subscriber ON watch(subscriber);
        CREATE INDEX watch_by_topic ON watch(topic, subscriber) WHERE topic IS NOT NULL;
        CREATE VIRTUAL TABLE area USING rtree(id, south, north, west, east);
        """;

    /// <summary>
    /// Walks down the levels along those beginnings that some filter has: at each level its name and +. A beginning with its slash comes
    /// before every filter that goes on from it, and with a 0 in the slash's place, the next character, after all of them.
    /// </summary>
    private static readonly string ByTopic =
        $"""
        WITH RECURSIVE
        step(depth, name) AS (
            SELECT key, value FROM json_each(?1) UNION ALL SELECT key, '+' FROM json_each(?1) WHERE key > 0 OR ?2),
        walk(prefix, depth) AS (
            SELECT '', 0
            UNION ALL
            SELECT prefix || name || '/', walk.depth + 1 FROM walk JOIN step ON step.depth = walk.depth
            WHERE EXISTS (SELECT 1 FROM watch WHERE topic >= prefix || name || '/' AND topic < prefix || name || '0')),
        filter(text) AS (
            SELECT prefix FROM walk WHERE depth = json_array_length(?1)
            UNION ALL SELECT prefix || '#/' FROM walk WHERE depth > 0 OR ?2)
        SELECT DISTINCT subscriber FROM filter JOIN watch ON topic = text
        WHERE south IS NULL OR {Inside("?3", "?4")} OR {Inside("?3", "?5")}
        """;

    /// <summary>An R*-tree keeps 32 bits of each number, rounded outwards, so what it finds is looked at again.</summary>
    private static readonly string ByArea =
        $"""
        SELECT DISTINCT subscriber FROM watch WHERE {Inside("?1", "?2")} AND id IN (
            SELECT id / 2 FROM area WHERE south <= ?1 AND north >= ?1 AND west <= ?2 AND east >= ?2)
        """;

    /// <summary>The subscribers that a post reaches.</summary>
    public HashSet<long> Matching(string topic, GeoPosition? position)
    {
        double? longitude = position?.Longitude;
        // The antimeridian has two names.
        double? other = longitude is 180 or -180 ? -longitude : longitude;
        HashSet<long> found =
        [
            .. Keys(storage.Sql.Exec(
                ByTopic, HubTopic.Levels(topic), HubTopic.IsOrdinary(topic), position?.Latitude, longitude, other)),
        ];
        if (position is not null)
        {
            found.UnionWith(Keys(storage.Sql.Exec(ByArea, position.Latitude, longitude)));
            found.UnionWith(Keys(storage.Sql.Exec(ByArea, position.Latitude, other)));
        }
        return found;
    }

    public IReadOnlyList<HubWatch> Of(long subscriber) =>
        [.. storage.Sql.Exec("SELECT * FROM watch WHERE subscriber = ? ORDER BY id", subscriber).As<Row>().Select(row => row.ToWatch())];

    public HubWatch? Find(long subscriber, string? topic, GeoBox? area) => FindRow(subscriber, topic, area)?.ToWatch();

    public int Count(long subscriber) =>
        storage.Sql.Exec("SELECT count(*) FROM watch WHERE subscriber = ?", subscriber).One().Get<int>(0);

    public HubWatch Add(long subscriber, string? topic, GeoBox? area, long now)
    {
        Row row = storage.Sql.Exec(
            "INSERT INTO watch(subscriber, topic, south, west, north, east, since) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
            subscriber, topic is null ? null : HubTopic.Stored(topic), area?.South, area?.West, area?.North, area?.East, now)
            .As<Row>().Single();
        if (topic is null && area is not null)
        {
            bool crosses = area.West > area.East;
            Put(row.Id * 2, area.West, crosses ? 180 : area.East, area);
            if (crosses)
            {
                Put((row.Id * 2) + 1, -180, area.East, area);
            }
        }
        return row.ToWatch();
    }

    public bool Remove(long subscriber, string? topic, GeoBox? area)
    {
        if (FindRow(subscriber, topic, area) is not { } row)
        {
            return false;
        }
        storage.Sql.Exec("DELETE FROM area WHERE id IN (?, ?)", row.Id * 2, (row.Id * 2) + 1);
        storage.Sql.Exec("DELETE FROM watch WHERE id = ?", row.Id);
        return true;
    }

    public void RemoveAll(long subscriber)
    {
        storage.Sql.Exec(
            """
            DELETE FROM area WHERE id IN (
                SELECT id * 2 FROM watch WHERE subscriber = ?1 UNION ALL SELECT id * 2 + 1 FROM watch WHERE subscriber = ?1)
            """, subscriber);
        storage.Sql.Exec("DELETE FROM watch WHERE subscriber = ?", subscriber);
    }

    private static string Inside(string latitude, string longitude) =>
        $"(south <= {latitude} AND north >= {latitude} AND CASE WHEN west <= east THEN {longitude} BETWEEN west AND east "
        + $"ELSE {longitude} >= west OR {longitude} <= east END)";

    private static IEnumerable<long> Keys(SqlCursor cursor) => cursor.Select(row => row.Get<long>(0));

    private void Put(long id, double west, double east, GeoBox area) => storage.Sql.Exec(
        "INSERT INTO area(id, south, north, west, east) VALUES (?, ?, ?, ?, ?)", id, area.South, area.North, west, east);

    private Row? FindRow(long subscriber, string? topic, GeoBox? area) => storage.Sql.Exec(
        "SELECT * FROM watch WHERE subscriber = ? AND topic IS ? AND south IS ? AND west IS ? AND north IS ? AND east IS ?",
        subscriber, topic is null ? null : HubTopic.Stored(topic), area?.South, area?.West, area?.North, area?.East)
        .As<Row>().FirstOrDefault();

    private sealed record Row(
        long Id, string? Topic, double? South, double? West, double? North, double? East, long Since)
    {
        public HubWatch ToWatch() => new(
            Topic is null ? null : HubTopic.Given(Topic),
            South is { } south ? new GeoBox(south, West!.Value, North!.Value, East!.Value) : null,
            DateTimeOffset.FromUnixTimeMilliseconds(Since));
    }
}
