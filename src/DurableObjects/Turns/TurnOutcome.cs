namespace DurableObjects.Turns;

/// <summary>
/// What comes out of the runtime's step. The host makes <see cref="Commit"/> durable; only then may it release the answer and
/// the effects, and even an outcome without a commit waits for those before it (the output gate).
/// </summary>
/// <param name="Answer">For the caller.</param>
/// <param name="Summary">The object after the turn.</param>
public sealed record TurnOutcome(Answer Answer, ObjectSummary Summary)
{
    /// <summary>What to make durable, or null when the turn changed nothing.</summary>
    public Commit? Commit { get; init; }

    /// <summary>The signals that the turn put into the outbox, in order. They stay there until acknowledged.</summary>
    public IReadOnlyList<Signal> Signals { get; init; } = [];

    /// <summary>What is to be done to sockets, in order. Not durable.</summary>
    public IReadOnlyList<SocketEffect> SocketEffects { get; init; } = [];
}
