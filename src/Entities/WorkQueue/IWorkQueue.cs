using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>work-queue</c>. Seconds have up to three decimals. An argument outside its limits is refused
/// with 400 <c>invalid-argument</c>, and changes nothing.
/// </summary>
public interface IWorkQueue
{
    /// <summary>Adds a job.</summary>
    /// <param name="payload">Any JSON, of up to <see cref="WorkLimits.PayloadBytes"/>, nested 32 levels at most.</param>
    /// <param name="priority">
    /// <see cref="WorkLimits.LeastPriority"/> to <see cref="WorkLimits.MostPriority"/>; the highest is delivered first, and of the same
    /// priority what was enqueued first.
    /// </param>
    /// <param name="delaySeconds">How long nobody gets it: 0 to <see cref="WorkLimits.MaxDelaySeconds"/>.</param>
    /// <param name="id">
    /// Its name, of 1 to <see cref="WorkLimits.IdCharacters"/> characters, under which it is enqueued once: the id is taken while the
    /// job is in the queue, dead letters included, and for <see cref="WorkQueueSettings.DedupeSeconds"/> after it was completed.
    /// Left out, it gets a random one.
    /// </param>
    /// <exception cref="DurableObjectException">
    /// There are <see cref="WorkLimits.MaxJobs"/> jobs (409 <c>too-many-jobs</c>), their payloads would exceed
    /// <see cref="WorkLimits.MaxBytes"/> (409 <c>too-many-bytes</c>), or <see cref="WorkLimits.MaxTakenIds"/> ids of completed jobs are
    /// still taken (409 <c>too-many-ids</c>).
    /// </exception>
    Task<WorkTicket> Enqueue(JsonElement payload, int priority = 0, decimal delaySeconds = 0, string? id = null);

    /// <summary>
    /// Delivers jobs: the highest priority first, then in the order in which they were enqueued. Nobody else gets them until they
    /// become visible again.
    /// </summary>
    /// <param name="worker">Who asks, for people to see: 1 to <see cref="WorkLimits.WorkerCharacters"/> characters.</param>
    /// <param name="max">How many at most: 1 to <see cref="WorkLimits.MaxReceived"/>.</param>
    /// <param name="visibilitySeconds">
    /// When their receipts lapse: <see cref="WorkLimits.MinVisibilitySeconds"/> to <see cref="WorkLimits.MaxVisibilitySeconds"/>.
    /// </param>
    /// <returns>The jobs, perhaps none.</returns>
    Task<IReadOnlyList<WorkJob>> Receive(
        string worker, int max = 1, decimal visibilitySeconds = WorkLimits.DefaultVisibilitySeconds);

    /// <summary>Removes a job that is done.</summary>
    /// <exception cref="DurableObjectException">
    /// There is no such job (404 <c>unknown-job</c>), or the receipt has lapsed or never was the job's (409 <c>receipt-lapsed</c>).
    /// </exception>
    Task Complete(string id, string receipt);

    /// <summary>Gives a job back; or, after as many deliveries as the queue allows, makes it a dead letter.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="receipt">The delivery's receipt.</param>
    /// <param name="delaySeconds">How long nobody gets it: 0 to <see cref="WorkLimits.MaxDelaySeconds"/>.</param>
    /// <param name="error">Why, for people and for the next worker; the first 500 characters are kept.</param>
    /// <returns>Whether it became a dead letter.</returns>
    /// <exception cref="DurableObjectException">As of <see cref="Complete"/>.</exception>
    Task<bool> Abandon(string id, string receipt, decimal delaySeconds = 0, string? error = null);

    /// <summary>Lets a receipt lapse at another time, counted from now: later or sooner than before.</summary>
    /// <returns>When it lapses.</returns>
    /// <exception cref="DurableObjectException">As of <see cref="Complete"/>.</exception>
    Task<DateTimeOffset> Extend(string id, string receipt, decimal visibilitySeconds = WorkLimits.DefaultVisibilitySeconds);

    /// <summary>Dead letters, in the order in which they died. Read-only.</summary>
    /// <param name="limit">How many at most: 1 to <see cref="WorkLimits.DeadLetterPage"/>.</param>
    /// <param name="cursor">Where the page before ended.</param>
    Task<WorkDeadLetters> DeadLetters(int limit = WorkLimits.DeadLetterPage, string? cursor = null);

    /// <summary>
    /// Makes dead letters jobs again, visible at once, with all their deliveries before them and at the place where they were.
    /// </summary>
    /// <param name="ids">Which: 1 to <see cref="WorkLimits.RedrivenIds"/> ids. Those of no dead letter are passed over.</param>
    /// <param name="all">All instead, <see cref="WorkLimits.StepJobs"/> a call: the first to have died.</param>
    Task<WorkBatch> Redrive(IReadOnlyList<string>? ids = null, bool all = false);

    /// <summary>
    /// Removes jobs, held ones too, or dead letters, <see cref="WorkLimits.StepJobs"/> a call. Their ids are free at once, and their
    /// receipts are those of no job.
    /// </summary>
    /// <param name="deadLetters">Whether to remove dead letters instead of jobs.</param>
    Task<WorkBatch> Purge(bool deadLetters = false);

    /// <summary>Sets what is given; the rest stays.</summary>
    /// <param name="maxDeliveries">1 to <see cref="WorkLimits.MostDeliveries"/>. Counts for deliveries that end from now on.</param>
    /// <param name="dedupeSeconds">0 to <see cref="WorkLimits.MaxDedupeSeconds"/>. Counts for jobs completed from now on.</param>
    Task<WorkQueueSettings> Configure(int? maxDeliveries = null, decimal? dedupeSeconds = null);

    /// <summary>How the queue stands. Read-only.</summary>
    Task<WorkQueueStatus> Status();
}
