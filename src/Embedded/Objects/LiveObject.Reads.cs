using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

// Reads: they go beside the turns.
internal sealed partial class LiveObject
{
    private readonly Lock _readLock = new();
    private bool _isReading;
    private TaskCompletionSource? _readEnded;

    /// <summary>A read goes beside the turns, but leaves through the same gate.</summary>
    private async ValueTask ReadAsync(ReadVisit visit)
    {
        LeftMailbox(visit);
        try
        {
            Awake? awake;
            while ((awake = BeginRead()) is null)
            {
                WakeVisit wake = new();
                if (_mailbox.Post(wake, isBounded: false) == Posted.Closed)
                {
                    _host.PostAgain(Address, visit);
                    return;
                }
                await wake.Answered;
            }
            try
            {
                await ReadAsync(awake, visit);
            }
            finally
            {
                EndRead();
            }
        }
        catch (Exception error)
        {
            visit.Fail(error);
        }
    }

    private async ValueTask ReadAsync(Awake awake, ReadVisit visit)
    {
        if (awake.Reader is null or { IsBroken: true })
        {
            awake.Reader?.Dispose();
            awake.Reader = _host.Runtime.OpenReader(Address, _host.Folder.Database(Address));
        }
        // Read before the data is: a tag that is older than the data can only make a later If-Match fail.
        long version = awake.Activation.Summary.Version;
        if (await awake.Reader.RunAsync(visit.Turn) is not { } answer)
        {
            _host.PostAgain(Address, new TurnVisit(visit.Turn), visit);
            return;
        }
        awake.Gate.Release(awake.Activation.StartedCommit, failure =>
        {
            if (failure is null)
            {
                visit.Answer(answer with { Version = version });
            }
            else
            {
                visit.Fail(CommitFailed(failure));
            }
        });
    }

    /// <summary>The open database, which stays open until the read has ended; null if the object must be woken first.</summary>
    private Awake? BeginRead()
    {
        lock (_readLock)
        {
            if (_awake is not { Gate.HasFailed: false } awake)
            {
                return null;
            }
            _isReading = true;
            return awake;
        }
    }

    private void EndRead()
    {
        TaskCompletionSource? ended;
        lock (_readLock)
        {
            _isReading = false;
            ended = _readEnded;
            _readEnded = null;
        }
        ended?.SetResult();
    }

    /// <summary>Lets no further read begin, and waits for the one that runs.</summary>
    private Task EndReadingAsync()
    {
        lock (_readLock)
        {
            _awake = null;
            if (!_isReading)
            {
                return Task.CompletedTask;
            }
            _readEnded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _readEnded.Task;
        }
    }
}
