using DurableObjects.Functions.Objects;
using DurableObjects.Turns;

namespace DurableObjects.FunctionsEngine.Simulations;

/// <summary>A call that was sent, and what its caller has seen of it.</summary>
/// <param name="Address">The object.</param>
/// <param name="Turn">What it does.</param>
/// <param name="Request">What was sent.</param>
public sealed record SimulatedCall(ObjectAddress Address, Turn Turn, CallRequest Request)
{
    private readonly TaskCompletionSource<Answer> _answered = new();

    /// <summary>The answer, as the first committed state showed it that had one.</summary>
    public Answer? Answer
    {
        get;
        set
        {
            field = value;
            // Who waits goes on within this step, which a test's own context would not let him.
            SynchronizationContext? before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            _answered.TrySetResult(value!);
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Ends when the answer is there.</summary>
    public Task<Answer> AnsweredAsync() => _answered.Task;

    /// <summary>Whether its caller has gone: the answer is not looked at any more.</summary>
    public bool IsForgotten { get; set; }
}
