namespace DurableObjects.Webhooks;

/// <summary>What a queue does once a delivery is given up on.</summary>
public enum DeadLetterPolicy
{
    /// <summary>It goes on with the next delivery.</summary>
    Continue,

    /// <summary>It stands still until somebody decides on the delivery, so that nothing is delivered out of order.</summary>
    Stop,
}
