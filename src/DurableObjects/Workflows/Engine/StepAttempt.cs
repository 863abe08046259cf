using System.Text.Json;
using DurableObjects.Breakers;

namespace DurableObjects.Workflows;

/// <summary>One attempt of an activity, or of a call of an object, on its way to whoever makes it: plain data.</summary>
public sealed record StepAttempt
{
    /// <summary>The workflow.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>The step in it.</summary>
    public required int Step { get; init; }

    /// <summary>1 for the first attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>The same for all attempts of the step, and for no other step, also of an execution that continued as new.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>The activity's name, or the object's method.</summary>
    public required string Name { get; init; }

    /// <summary>The activity's input, or the method's arguments.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>How long it may take.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>The name of the circuit breaker in front of it, if there is one.</summary>
    public string? CircuitBreaker { get; init; }

    /// <summary>Its numbers.</summary>
    public CircuitBreakerOptions? Breaker { get; init; }

    /// <summary>The class of the object that is called; null for an activity.</summary>
    public string? ObjectClass { get; init; }

    /// <summary>The object that is called, as <see cref="ObjectAddress.Key"/>.</summary>
    public string? ObjectKey { get; init; }

    /// <summary>What the step is called in a status.</summary>
    public string Title => ObjectClass is null ? Name : $"{ObjectClass}/{ObjectKey}/{Name}";
}
