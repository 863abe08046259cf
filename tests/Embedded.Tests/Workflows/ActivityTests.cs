using System.Collections.Concurrent;
using DurableObjects.Workflows;

namespace DurableObjects.Embedded.Tests.Workflows;

/// <summary>Attempts of workflows on the embedded host: over crashes, stops and a disk that fails.</summary>
public class ActivityTests
{
    [Fact]
    public async Task An_attempt_that_a_crash_cut_off_is_made_again_after_the_next_start()
    {
        Gates.Reset();
        await using TestBed bed = new(workflows: [typeof(Waiting), typeof(Gates)]);
        await StartAsync(bed, "w");
        await TestBed.UntilAsync(() => Gates.Begun.Count == 1);
        await bed.RestartAfterCrashAsync();
        await TestBed.UntilAsync(() => Gates.Begun.Count == 2);
        Gates.Open.SetResult();
        await EndedAsync(bed, "w", WorkflowState.Completed);
        Assert.Single(Gates.Begun.Distinct());
    }

    [Fact]
    public async Task An_attempt_that_a_stop_cancelled_is_made_again_after_the_next_start()
    {
        Gates.Reset();
        await using TestBed bed = new(workflows: [typeof(Waiting), typeof(Gates)]);
        await StartAsync(bed, "w");
        await TestBed.UntilAsync(() => Gates.Begun.Count == 1);
        await bed.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await TestBed.UntilAsync(() => Gates.Cancelled == 1);
        bed.Start();
        await TestBed.UntilAsync(() => Gates.Begun.Count == 2);
        Gates.Open.SetResult();
        await EndedAsync(bed, "w", WorkflowState.Completed);
    }

    [Fact]
    public async Task An_outcome_that_the_disk_would_not_take_is_recorded_later_and_the_attempt_not_made_again()
    {
        Gates.Reset();
        await using TestBed bed = new(workflows: [typeof(Waiting), typeof(Gates)]);
        await StartAsync(bed, "w");
        await TestBed.UntilAsync(() => Gates.Begun.Count == 1);
        bed.Disk.Before = operation =>
        {
            if (operation is "write" or "flush" or "create")
            {
                throw new IOException("The disk is on strike.");
            }
        };
        Gates.Open.SetResult();
        await TestBed.UntilAsync(() => bed.Host.Journal.Fault is not null);
        bed.Disk.Before = null;
        await TestBed.UntilAsync(() =>
        {
            // The journal, and whoever waits for it, tries again by the clock.
            bed.Clock.Advance(TimeSpan.FromSeconds(1));
            try
            {
                return StatusAsync(bed, "w").GetAwaiter().GetResult().State == WorkflowState.Completed;
            }
            catch (DurableObjectException error) when (error.Retryable)
            {
                // The question itself may have come while the journal still failed.
                return false;
            }
        });
        Assert.Single(Gates.Begun);
    }

    [Fact]
    public async Task No_more_attempts_than_are_allowed_are_made_at_once()
    {
        Gates.Reset();
        await using TestBed bed = new(options => options.Activities = 3, workflows: [typeof(Waiting), typeof(Gates)]);
        for (int i = 0; i < 8; i++)
        {
            await StartAsync(bed, $"w{i}");
        }
        await TestBed.UntilAsync(() => Gates.Begun.Count == 3);
        Gates.Open.SetResult();
        for (int i = 0; i < 8; i++)
        {
            await EndedAsync(bed, $"w{i}", WorkflowState.Completed);
        }
        Assert.Equal(3, Gates.Most);
    }

    private static WorkflowObjects Workflows(TestBed bed) => new WorkflowObjects(bed.Host, new WorkflowClasses([typeof(Waiting), typeof(Gates)]));

    private static Task<string> StartAsync(TestBed bed, string id) => Workflows(bed).StartAsync<Waiting>(id, id);

    private static async Task<WorkflowStatus> StatusAsync(TestBed bed, string id) =>
        (await Workflows(bed).FindAsync(id, withSteps: true, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)))!;

    private static async Task EndedAsync(TestBed bed, string id, WorkflowState state)
    {
        WorkflowStatus status = await StatusAsync(bed, id);
        await TestBed.UntilAsync(() => (status = StatusAsync(bed, id).GetAwaiter().GetResult()).HasEnded);
        Assert.True(status.State == state, $"{status.State}: {status.Error}");
    }

    [Workflow("waiting")]
    private sealed class Waiting : Workflow<string, string>
    {
        protected override Task<string> RunAsync(WorkflowContext context, string input) => context.Activity<Gates, string, string>(input);
    }

    /// <summary>Ends when the test opens the gate.</summary>
    [Activity("gates")]
    private sealed class Gates : Activity<string, string>
    {
        private static int _running;
        private static int _most;
        private static int _cancelled;

        public static TaskCompletionSource Open { get; private set; } = new();

        /// <summary>The idempotency keys of the attempts that have begun.</summary>
        public static ConcurrentQueue<string> Begun { get; private set; } = new();

        public static int Most => Volatile.Read(ref _most);

        public static int Cancelled => Volatile.Read(ref _cancelled);

        public static void Reset()
        {
            (Open, Begun) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ConcurrentQueue<string>());
            (_running, _most, _cancelled) = (0, 0, 0);
        }

        protected override async Task<string> RunAsync(ActivityContext context, string input)
        {
            int running = Interlocked.Increment(ref _running);
            InterlockedMax(running);
            Begun.Enqueue(context.IdempotencyKey);
            try
            {
                await Open.Task.WaitAsync(context.CancellationToken);
                return input;
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled);
                throw;
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }

        private static void InterlockedMax(int value)
        {
            for (int most = Volatile.Read(ref _most); value > most; most = Volatile.Read(ref _most))
            {
                Interlocked.CompareExchange(ref _most, value, most);
            }
        }
    }
}
