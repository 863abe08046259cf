using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

/// <summary>Something that waits in an object's mailbox.</summary>
internal abstract class Visit
{
    private readonly TaskCompletionSource<Answer> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When it was posted: a timestamp of the host's clock.</summary>
    public long Posted { get; set; }

    /// <summary>Ends when the answer may leave.</summary>
    public Task<Answer> Answered => _completion.Task;

    public void Answer(Answer answer) => _completion.TrySetResult(answer);

    public void Fail(Exception error) => _completion.TrySetException(error);
}

/// <summary>A turn.</summary>
internal sealed class TurnVisit(Turn turn) : Visit
{
    /// <summary>The name that the object was addressed by, if it was by one.</summary>
    public string? Name { get; init; }

    public Turn Turn { get; } = turn;
}

/// <summary>A call that is to run on the object's reader.</summary>
internal sealed class ReadVisit(CallTurn turn) : Visit
{
    public CallTurn Turn { get; } = turn;
}

/// <summary>Has the object awake, so that its reader finds a database.</summary>
internal sealed class WakeVisit : Visit;

/// <summary>Lets the object hibernate, if nothing else waits by then.</summary>
/// <param name="mayWait">Whether it waits for reads and commits that are under way, instead of leaving the object awake.</param>
internal sealed class HibernateVisit(bool mayWait) : Visit
{
    public bool MayWait { get; } = mayWait;
}

/// <summary>Ends the object with its history.</summary>
internal sealed class PurgeVisit : Visit;
