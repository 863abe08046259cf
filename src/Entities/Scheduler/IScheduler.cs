using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>scheduler</c>.</summary>
public interface IScheduler
{
    /// <summary>
    /// Adds a job, in place of one with the same id. When it first runs is given by <paramref name="at"/> or by
    /// <paramref name="delaySeconds"/>, or is one period from now if there is only <paramref name="every"/>.
    /// </summary>
    /// <param name="id">Its name: 1 to <see cref="Scheduler.IdCharacters"/> characters.</param>
    /// <param name="at">When it is due; in the past means at once. At most <see cref="Scheduler.MaxSeconds"/> from now.</param>
    /// <param name="delaySeconds">
    /// Seconds from now until it is due: 0 to <see cref="Scheduler.MaxSeconds"/>, up to three decimals.
    /// </param>
    /// <param name="every">
    /// Seconds between its due times, for a job that recurs: <see cref="Scheduler.MinEverySeconds"/> to
    /// <see cref="Scheduler.MaxSeconds"/>, up to three decimals.
    /// </param>
    /// <param name="payload">Any JSON, for the handler of a deriving class.</param>
    /// <param name="target">An object to signal at each run.</param>
    /// <returns>The job.</returns>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits, payload and target are over <see cref="Scheduler.JobBytes"/> together, or not exactly
    /// one way of saying when is given (400); there are <see cref="Scheduler.MaxJobs"/> jobs already (409 <c>too-many-jobs</c>).
    /// </exception>
    Task<ScheduledJob> Schedule(
        string id, DateTimeOffset? at = null, decimal? delaySeconds = null, decimal? every = null, JsonElement? payload = null,
        JobTarget? target = null);

    /// <summary>Removes a job.</summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> Cancel(string id);

    /// <summary>All jobs, the one that runs next first. Read-only.</summary>
    Task<IReadOnlyList<ScheduledJob>> List();

    /// <summary>The log of runs, newest first; it keeps the last <see cref="Scheduler.MaxRuns"/>. Read-only.</summary>
    /// <param name="limit">How many at most: 1 to <see cref="Scheduler.MaxRuns"/>.</param>
    Task<IReadOnlyList<JobRun>> Runs(int limit = 100);
}
