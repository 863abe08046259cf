namespace DurableObjects.Entities;

/// <summary>A run of a job, as the log keeps it. Times are in UTC, to the millisecond.</summary>
/// <param name="Id">Counts up from 1 in the scheduler.</param>
/// <param name="Job">The job's id.</param>
/// <param name="Due">The due time that it ran for.</param>
/// <param name="At">When it ran: never before <paramref name="Due"/>.</param>
/// <param name="Attempt">1, and one more for each failure in a row before it.</param>
/// <param name="Skipped">Due times before this one that passed without a run, because the host or the job could not.</param>
/// <param name="Succeeded">Whether its handler did not throw.</param>
/// <param name="Error">What it threw; null if it succeeded.</param>
public sealed record JobRun(
    long Id, string Job, DateTimeOffset Due, DateTimeOffset At, int Attempt, long Skipped, bool Succeeded, string? Error);
