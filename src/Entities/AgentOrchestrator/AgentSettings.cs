using DurableObjects.Breakers;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>An agent as it is configured: what answers its tasks, and how it is treated.</summary>
public sealed class AgentSettings
{
    /// <summary>Its name in plans: lower-case letters, digits and single hyphens, starting with a letter.</summary>
    public required string Name { get; init; }

    /// <summary>Where tasks are posted to; null if an activity answers them.</summary>
    public Uri? Url { get; init; }

    /// <summary>The published name of the application's <see cref="Agent"/> that answers them; null if they are posted to a URL.</summary>
    public string? Activity { get; init; }

    /// <summary>Headers that go with each request, keys among them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Tasks of one orchestrator that it works on at once.</summary>
    public int MaxConcurrency { get; init; } = 4;

    /// <summary>How long one attempt may take, unless the task says otherwise.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What follows a failed attempt, where the task says nothing else.</summary>
    public RetryPolicy Retry { get; init; } = new() { MaxAttempts = 3, MaxDelay = TimeSpan.FromMinutes(1) };

    /// <summary>When its circuit opens. The circuit breaker is <c>agent:{name}</c>, which all orchestrators share.</summary>
    public CircuitBreakerOptions Breaker { get; init; } = new();

    /// <summary>What follows a failed attempt: what the task says, and otherwise what is configured.</summary>
    internal RetryPolicy RetryOf(AgentRetry? retry)
    {
        TimeSpan most = Seconds(retry?.MaxDelaySeconds) ?? Retry.MaxDelay;
        return new RetryPolicy
        {
            MaxAttempts = retry?.MaxAttempts ?? Retry.MaxAttempts,
            FirstDelay = Seconds(retry?.FirstDelaySeconds) ?? (Retry.FirstDelay < most ? Retry.FirstDelay : most),
            MaxDelay = most,
            Factor = retry?.Factor ?? Retry.Factor,
            Jitter = retry?.Jitter ?? Retry.Jitter,
            DoNotRetry = [AgentOrchestrator.TaskNotRunning, AgentOrchestrator.AgentRefused, ErrorCodes.InvalidArgument],
        };
    }

    private static TimeSpan? Seconds(decimal? seconds) => seconds is { } value ? TimeSpan.FromMilliseconds((double)(value * 1_000)) : null;
}
