using DurableObjects.Workflows;

namespace DurableObjects.Webhooks.Deliveries;

/// <summary>What a delivery's workflow starts with: how to go about it, by the settings of that time.</summary>
/// <param name="Queue">The name of its queue, which knows the rest by the workflow's id.</param>
/// <param name="Retry">What follows a failed attempt.</param>
/// <param name="AttemptTimeout">How long an attempt may take.</param>
/// <param name="CircuitBreaker">The circuit breaker in front of the target; null if a handler takes the delivery.</param>
public sealed record WebhookOrder(string Queue, RetryPolicy Retry, TimeSpan AttemptTimeout, string? CircuitBreaker);
