using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

public sealed class BatchProcessorOfYourOwnTests : IAsyncLifetime
{
    private static readonly Caller Administrator = Caller.Of("ops", Caller.Administrator);

    private readonly Downstream _downstream = new();
    private readonly TestHost _host;

    public BatchProcessorOfYourOwnTests() =>
        _host = new TestHost([typeof(Mailer)], services => services.AddSingleton(_downstream));

    private IBatchProcessor One => _host.Objects.Get<IBatchProcessor>("one");

    private ObjectAddress Address => _host.Address<IBatchProcessor>("one");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_batch_that_fails_is_retried_with_its_number_and_longer_pauses_and_rejected_in_the_end()
    {
        _downstream.Fails = new InvalidOperationException("The mail server is down.");
        await One.Configure(maxItems: 2);
        await One.Add("a", "ann");
        Assert.Equal(BatchItemState.Queued, (await One.Add("b", "bob")).State);
        await One.Add("c", "cid");
        Assert.Empty(await One.List());
        Assert.Equal(1, (await One.Status()).Failures);
        Assert.Contains("The mail server is down.", (await One.Status()).Error, StringComparison.Ordinal);
        for (int retry = 1; retry <= 6; retry++)
        {
            await _host.HibernateAllAsync(rebuild: true);
            await _host.AdvanceAsync(TimeSpan.FromSeconds(Math.Pow(2, retry)) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(retry, _downstream.Batches.Count(one => one == "1: a b"));
            await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
            Assert.Equal(retry + 1, _downstream.Batches.Count(one => one == "1: a b"));
        }

        BatchItemResult b = await One.Result("b");
        Assert.Equal((BatchItemState.Rejected, "batch-failed", 1), (b.State, b.Code, b.Batch));
        _downstream.Fails = null;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal((BatchItemState.Applied, 2), ((await One.Result("c")) is { } c ? (c.State, c.Batch) : default));
    }

    [Fact]
    public async Task A_batch_that_failed_keeps_its_items_whatever_is_added_and_set_before_its_retry()
    {
        _downstream.Fails = new InvalidOperationException("The mail server is down.");
        await AddAsync("a", "b", "c");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        await AddAsync("d", "e");
        await One.Configure(maxItems: 100);
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));
        await One.Configure(maxItems: 2);
        _downstream.Fails = null;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(4));

        Assert.Equal(["1: a b c", "1: a b c", "1: a b c", "2: d e"], _downstream.Batches);
        Assert.Equal((1, 2), ((await One.Result("c")).Batch, (await One.Result("d")).Batch));
    }

    [Fact]
    public async Task The_key_of_a_batch_stands_for_its_items_and_not_for_its_number()
    {
        await One.Configure(onFailure: BatchFailure.Isolate);
        string past = (await new ObjectRecovery(_host).ListAsync(Address, Administrator, CancellationToken.None)).Current;
        _downstream.Blames = "b";
        _downstream.Fails = new InvalidOperationException("The mail server is down.");
        await AddAsync("a", "b", "c");
        await One.Flush();
        _downstream.Fails = null;
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(["1: a b c", "1: a c", "1: a b c", "1: a c"], _downstream.Batches);
        Assert.Equal(_downstream.Keys[..2], _downstream.Keys[2..]);
        Assert.Equal(2, _downstream.Keys.Distinct().Count());

        // As deleting it does, a return gives the numbers again.
        await new ObjectRecovery(_host).RestoreAsync(Address, past, Administrator, CancellationToken.None);
        await AddAsync("c", "a");
        await One.Flush();
        await One.Add("e", "ann", JsonSerializer.SerializeToElement(1));
        await One.Flush();
        await new ObjectRecovery(_host).RestoreAsync(Address, past, Administrator, CancellationToken.None);
        await AddAsync("a", "c");
        await One.Flush();
        await One.Add("e", "ann", JsonSerializer.SerializeToElement(2));
        await One.Flush();
        Assert.Equal(["1: c a", "2: e", "1: a c", "2: e"], _downstream.Batches[4..]);
        Assert.Equal(5, _downstream.Keys.Distinct().Count());
        Assert.Equal(_downstream.Keys[1], _downstream.Keys[6]);
        Assert.All(_downstream.Keys, key => Assert.Matches("^[0-9a-f]{32}$", key));
    }

    [Fact]
    public async Task Items_that_go_along_with_those_of_a_lost_turn_give_the_batch_another_key()
    {
        _downstream.EndsTransaction = true;
        await One.Add("a", "ann");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        _downstream.EndsTransaction = false;
        Assert.Equal(BatchItemState.Applied, (await One.Add("b", "bob")).State);

        Assert.Equal(["1: a", "1: a b"], _downstream.Batches);
        Assert.NotEqual(_downstream.Keys[0], _downstream.Keys[1]);
    }

    [Fact]
    public async Task Flushing_neither_shortens_the_pause_before_a_retry_nor_uses_retries_up()
    {
        _downstream.Fails = new InvalidOperationException("The mail server is down.");
        await AddAsync("a");
        Assert.Null((await One.Flush())!.Batch);
        await AddAsync("b");
        for (int i = 0; i <= BatchProcessor.MaxRetries; i++)
        {
            BatchReport report = (await One.Flush())!;
            Assert.Null(report.Batch);
            Assert.Equal([new BatchItemResult("a", BatchItemState.Queued)], report.Items);
        }
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1_999));
        await One.Flush();
        Assert.Equal((1, 1), (_downstream.Batches.Count, (await One.Status()).Failures));
        _downstream.Fails = null;
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(1, (await One.Flush())!.Batch);
    }

    [Fact]
    public async Task A_batch_that_does_not_end_has_failed_after_20_s()
    {
        _downstream.Hangs = true;
        await One.Add("a", "ann");
        Task<BatchReport?> flush = Task.Run(() => One.Flush());
        await _downstream.Begun.WaitAsync(TimeSpan.FromSeconds(30));
        _host.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Null((await flush)!.Batch);
        Assert.Equal(1, (await One.Status()).Failures);
    }

    [Fact]
    public async Task A_batch_that_takes_its_turn_along_has_failed_and_holds_up_no_later_one()
    {
        _downstream.EndsTransaction = true;
        await One.Add("a", "ann");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(0, (await One.Status()).Failures);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(1, (await One.Status()).Failures);
        Assert.Contains("turn", (await One.Status()).Error, StringComparison.Ordinal);
        _downstream.EndsTransaction = false;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(BatchItemState.Applied, (await One.Result("a")).State);
    }

    [Fact]
    public async Task The_retry_of_an_alarm_blames_no_batch_that_came_since()
    {
        _downstream.EndsTransaction = true;
        await One.Add("a", "ann");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        _downstream.EndsTransaction = false;
        await One.Flush();
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1_990));
        await One.Add("b", "bob");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(100));

        Assert.Equal((BatchItemState.Applied, 0), ((await One.Result("b")).State, (await One.Status()).Failures));
    }

    [Fact]
    public async Task A_refusal_that_blames_no_item_rejects_all()
    {
        _downstream.Fails = new DurableObjectException(409, "no-stamps", "There are no stamps.");
        await One.Add("a", "ann");
        await One.Add("b", "bob");

        Assert.Equal(["no-stamps", "no-stamps"], (await One.Flush())!.Items.Select(one => one.Code));
    }

    [Fact]
    public async Task The_queue_is_bounded_while_batches_fail()
    {
        _downstream.Fails = new InvalidOperationException("The mail server is down.");
        await One.Configure(maxItems: 100);
        for (int i = 0; i < BatchProcessor.MaxQueued; i++)
        {
            await One.Add($"{i}", "ann");
        }
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => One.Add("more", "ann"));

        Assert.Equal((503, "queue-full", true, true), (error.Status, error.Code, error.Retryable, error.Overloaded));
        Assert.True(error.RetryAfter >= TimeSpan.FromSeconds(1));
        Assert.Contains("The mail server is down.", error.Message, StringComparison.Ordinal);
        Assert.Equal(BatchItemState.Queued, (await One.Add("7", "ann")).State);
        _downstream.Fails = null;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal((0, 10), ((await One.Status()) is { } status ? (status.Queued, status.Batches) : default));
    }

    [Fact]
    public async Task Results_are_kept_of_the_newest_items()
    {
        await One.Configure(maxItems: 1);
        await One.Add("first", "ann");
        await One.Add("second", "ann");
        await _host.CallAsync<object>(Address, "skip", BatchProcessor.MaxResults - 2);
        await One.Add("last", "ann");
        await Expect.Refusal(404, "unknown-item", () => One.Result("first"), "10,000");

        Assert.Equal(BatchItemState.Applied, (await One.Result("second")).State);
    }

    [Fact]
    public async Task Keys_are_bounded()
    {
        _downstream.Writes = true;
        await _host.CallAsync<object>(Address, "fill", BatchProcessor.MaxKeys - 1);
        await One.Configure(onFailure: BatchFailure.Isolate);
        JsonElement value = JsonSerializer.SerializeToElement(1);
        await One.Add("a", "a", value);
        await One.Add("b", "b", value);
        await One.Add("c", "1", value);
        await One.Add("d", "2");
        await One.Add("e", "e", value);

        Assert.Equal([null, "too-many-keys", null, null, null], (await One.Flush())!.Items.Select(one => one.Code));
    }

    private async Task AddAsync(params string[] ids)
    {
        foreach (string id in ids)
        {
            await One.Add(id, "ann");
        }
    }

    private sealed class Downstream
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Batches { get; } = [];

        public List<string> Keys { get; } = [];

        public Exception? Fails { get; set; }

        public string? Blames { get; set; }

        public bool Hangs { get; set; }

        public bool Writes { get; set; }

        public bool EndsTransaction { get; set; }

        public Task Begun => _begun.Task;

        public Task SendAsync(BatchRun run, IReadOnlyList<BatchItem> items)
        {
            Batches.Add($"{run.Number}: {string.Join(' ', items.Select(item => item.Id))}");
            Keys.Add(run.Key);
            _begun.TrySetResult();
            if (items.FirstOrDefault(item => item.Id == Blames) is { } culprit)
            {
                throw new BatchItemException(culprit.Id, "no-address", "There is no such address.");
            }
            return Fails is { } error ? Task.FromException(error) : Hangs ? new TaskCompletionSource().Task : Task.CompletedTask;
        }
    }

    [DurableObject("mailer")]
    private sealed class Mailer(ObjectContext context, Downstream downstream) : BatchProcessor(context)
    {
        public void Skip(int count) => Storage.Sql.Exec(
            """
            INSERT INTO work(number, id, fingerprint, queued_at, state)
            SELECT max(number) + ?, 'skipped', x'00', 0, 'Applied' FROM work
            """, count);

        public void Fill(int count) => Storage.Sql.Exec(
            """
            WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < ?)
            INSERT INTO item(key, value, version) SELECT n, 0, 1 FROM one
            """, count);

        protected override async ValueTask ApplyBatch(BatchRun run, IReadOnlyList<BatchItem> items)
        {
            await downstream.SendAsync(run, items);
            if (downstream.EndsTransaction)
            {
                Storage.Sql.Exec("INSERT OR ROLLBACK INTO work SELECT * FROM work LIMIT 1");
            }
            if (downstream.Writes)
            {
                await base.ApplyBatch(run, items);
            }
        }
    }
}
