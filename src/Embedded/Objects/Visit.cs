using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

/// <summary>Something that waits in an object's mailbox.</summary>
/// <param name="bytes">What it holds in memory until it is answered.</param>
internal abstract class Visit(long bytes)
{
    private readonly TaskCompletionSource<Answer> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ByteBudget? _ofObject;
    private ByteBudget? _ofHost;

    /// <summary>What it holds in memory until it is answered.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>When it was posted: a timestamp of the host's clock.</summary>
    public long PostedAt { get; set; }

    /// <summary>Ends when the answer may leave.</summary>
    public Task<Answer> Answered => _completion.Task;

    public void Answer(Answer answer)
    {
        GiveBack();
        _completion.TrySetResult(answer);
    }

    public void Fail(Exception error)
    {
        GiveBack();
        _completion.TrySetException(error);
    }

    /// <summary>
    /// Takes its bytes out of the budgets until it is answered, or says which one has no room. One that was posted before has them
    /// already.
    /// </summary>
    public Posted Take(ByteBudget ofObject, ByteBudget ofHost, bool isBounded)
    {
        if (Bytes == 0 || _ofHost is not null)
        {
            return Posted.Accepted;
        }
        if (!isBounded)
        {
            ofObject.Take(Bytes);
            ofHost.Take(Bytes);
        }
        else if (!ofObject.TryTake(Bytes))
        {
            return Posted.ObjectIsFull;
        }
        else if (!ofHost.TryTake(Bytes))
        {
            ofObject.Give(Bytes);
            return Posted.HostIsFull;
        }
        (_ofObject, _ofHost) = (ofObject, ofHost);
        return Posted.Accepted;
    }

    /// <summary>Gives back what was taken; once, however often it is called.</summary>
    public void GiveBack()
    {
        if (Interlocked.Exchange(ref _ofHost, null) is { } ofHost)
        {
            ofHost.Give(Bytes);
            _ofObject!.Give(Bytes);
        }
    }
}

/// <summary>A turn.</summary>
internal sealed class TurnVisit(Turn turn) : Visit(TurnSize.Of(turn))
{
    /// <summary>The name that the object was addressed by, if it was by one.</summary>
    public string? Name { get; init; }

    public Turn Turn { get; } = turn;
}

/// <summary>A call that is to run on the object's reader.</summary>
internal sealed class ReadVisit(CallTurn turn) : Visit(TurnSize.Of(turn))
{
    public CallTurn Turn { get; } = turn;
}

/// <summary>Has the object awake, so that its reader finds a database.</summary>
internal sealed class WakeVisit() : Visit(bytes: 0);

/// <summary>Lets the object hibernate, if nothing else waits by then.</summary>
/// <param name="mayWait">Whether it waits for reads and commits that are under way, instead of leaving the object awake.</param>
internal sealed class HibernateVisit(bool mayWait) : Visit(bytes: 0)
{
    public bool MayWait { get; } = mayWait;
}

/// <summary>Ends the object with its history.</summary>
/// <param name="endedBefore">If given, only if it has ended by itself at that time or before, and nothing is left to be done for it.</param>
internal sealed class PurgeVisit(DateTimeOffset? endedBefore = null) : Visit(bytes: 0)
{
    public DateTimeOffset? EndedBefore { get; } = endedBefore;
}
