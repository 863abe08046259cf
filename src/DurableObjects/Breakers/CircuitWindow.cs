namespace DurableObjects.Breakers;

/// <summary>
/// The outcomes within the sampling duration, in a tenth of it each, as Polly's rolling metrics have them: a bucket begins with its
/// first outcome and counts until the sampling duration after that, so an outcome counts for nine tenths of it at least.
/// </summary>
/// <remarks>
/// A success is not worth a commit, but what is not written is lost when the object hibernates. So a bucket's successes are written
/// at the first, and whenever they are twice as many as were written, and with each failure: that takes the logarithm of their
/// number in commits, and what is written is always more than half.
/// </remarks>
internal sealed class CircuitWindow
{
    /// <summary>Buckets of a window (Polly's number).</summary>
    public const int Buckets = 10;

    private readonly List<Bucket> _buckets;

    private CircuitWindow(List<Bucket> buckets) => _buckets = buckets;

    public long Failures => _buckets.Sum(bucket => bucket.Failures);

    public long Throughput => _buckets.Sum(bucket => bucket.Successes + bucket.Failures);

    public bool IsWriteDue => _buckets.Exists(bucket => bucket.Successes > 0 && bucket.Successes >= 2 * bucket.Written);

    public static CircuitWindow Load(ObjectSql sql) => new([.. sql
        .Exec("SELECT started_at, successes, failures FROM bucket ORDER BY started_at").As<BucketRow>()
        .Select(row => new Bucket(row.StartedAt) { Successes = row.Successes, Failures = row.Failures, Written = row.Successes })]);

    public void Add(DateTimeOffset now, TimeSpan sampling, long successes, long failures)
    {
        _buckets.RemoveAll(bucket => now - bucket.StartedAt >= sampling);
        if (_buckets.Count == 0 || now - _buckets[^1].StartedAt >= sampling / Buckets)
        {
            _buckets.Add(new Bucket(now));
        }
        Bucket newest = _buckets[^1];
        newest.CountsUntil = newest.StartedAt + sampling;
        newest.Successes += successes;
        newest.Failures += failures;
    }

    /// <summary>Writes what is not written yet and deletes what does not count any more.</summary>
    public void Write(ObjectSql sql)
    {
        sql.Exec("DELETE FROM bucket WHERE started_at < ?", _buckets[0].StartedAt);
        foreach (Bucket bucket in _buckets.Where(bucket => bucket.CountsUntil is not null))
        {
            sql.Exec(
                """
                INSERT INTO bucket(started_at, counts_until, successes, failures) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT(started_at) DO UPDATE SET counts_until = ?2, successes = ?3, failures = ?4
                """, bucket.StartedAt, bucket.CountsUntil, bucket.Successes, bucket.Failures);
            bucket.Written = bucket.Successes;
            bucket.CountsUntil = null;
        }
    }

    private sealed class Bucket(DateTimeOffset startedAt)
    {
        public DateTimeOffset StartedAt { get; } = startedAt;

        /// <summary>Null while everything is written.</summary>
        public DateTimeOffset? CountsUntil { get; set; }

        public long Successes { get; set; }

        public long Failures { get; set; }

        /// <summary>Successes that are written.</summary>
        public long Written { get; set; }
    }

    private sealed record BucketRow(DateTimeOffset StartedAt, long Successes, long Failures);
}
