using DurableObjects.Embedded.Commits;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

// The return to a bookmark, which happens as the object wakes.
internal sealed partial class LiveObject
{
    /// <summary>The newest commit that the object has made by now, durable or not.</summary>
    private long Started => Current.Head.Commit;

    /// <summary>Returns the closed database to the commit that was asked for; the object after it, or why it could not be done.</summary>
    private async ValueTask<(ObjectSummary Summary, Exception? Refusal)> RestoreAsync(
        ObjectHistory history, string path, OutputGate gate)
    {
        ObjectSummary summary = Entry.Summary;
        try
        {
            TurnOutcome outcome = await _host.Runtime.RestoreAsync(Address, path, summary, history, CancellationToken.None);
            Commit(gate, outcome);
            Release(gate, outcome, null);
            return (outcome.Summary, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It passes, and the return was promised: the next visit tries again. The file is of no use.
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, $"The return of {Address} to an earlier moment has to wait: {error.Message}", error)
            { Retryable = true };
        }
        catch (Exception error)
        {
            _host.Logger.RestoreFailed(error, Address, summary.RestoreTo ?? 0);
            await DatabaseFiles.BringToHeadAsync(history, Entry, path);
            return (summary, error);
        }
    }

    private async ValueTask GiveUpRestoreAsync(Awake awake, Exception refusal)
    {
        string reason = DatabaseFiles.IsDamage(refusal) ? DatabaseFiles.Damaged(Address, refusal).Message : refusal.Message;
        TurnOutcome outcome = await awake.Activation.RunAsync(new RestoreFailedTurn(reason) { Caller = Caller.Runtime });
        Commit(awake.Gate, outcome);
        Release(awake.Gate, outcome, null);
    }

    /// <summary>
    /// The object's past for its own turns: asked within one, it holds back until the commits of the turns before are in it.
    /// </summary>
    private sealed class SettledHistory(IObjectHistory history, OutputGate gate, Func<long> started) : IObjectHistory
    {
        public async ValueTask<Moment?> OldestAsync(CancellationToken cancellation)
        {
            await SettledAsync(cancellation);
            return await history.OldestAsync(cancellation);
        }

        public async ValueTask<Moment?> FindAsync(long commit, CancellationToken cancellation)
        {
            await SettledAsync(cancellation);
            return await history.FindAsync(commit, cancellation);
        }

        public async ValueTask<Moment?> FindAsync(DateTimeOffset time, CancellationToken cancellation)
        {
            await SettledAsync(cancellation);
            return await history.FindAsync(time, cancellation);
        }

        public IAsyncEnumerable<HistoricPages> NewestFirstAsync(
            long from, long target, PageFilter? isWanted, CancellationToken cancellation) =>
            history.NewestFirstAsync(from, target, isWanted, cancellation);

        private Task SettledAsync(CancellationToken cancellation)
        {
            TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
            gate.Release(started(), failure =>
            {
                if (failure is null)
                {
                    settled.TrySetResult();
                }
                else
                {
                    settled.TrySetException(CommitFailed(failure));
                }
            });
            return settled.Task.WaitAsync(cancellation);
        }
    }
}
