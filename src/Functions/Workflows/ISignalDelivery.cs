using DurableObjects.Turns;

namespace DurableObjects.Functions.Workflows;

/// <summary>Brings a signal to its receiver, for a sender that is no object.</summary>
internal interface ISignalDelivery
{
    /// <summary>Ends when the receiver has committed the signal, now or before: handled, or in its inbox.</summary>
    /// <exception cref="DurableObjectException">It could not be.</exception>
    Task DeliverAsync(Signal signal, CancellationToken cancellation);
}
