using System.Text;
using System.Text.Json;
using DurableObjects.Breakers;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

/// <summary>Makes attempts, the same on every host: activities and calls of objects, behind their circuit breakers.</summary>
/// <param name="workflows">The activities.</param>
/// <param name="services">Where their dependencies come from, in a scope for each attempt.</param>
/// <param name="clock">For their time.</param>
/// <param name="loggers">Where logs go; the category is <c>DurableObjects.</c> and the activity's name.</param>
/// <param name="options">How they are started.</param>
public sealed class ActivityRunner(
    WorkflowClasses workflows, IServiceProvider services, TimeProvider clock, ILoggerFactory loggers, WorkflowOptions options)
{
    /// <summary>Makes an attempt. Its failure is an outcome.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="host">Has the objects: those that are called, and the circuit breakers.</param>
    /// <param name="stopping">Ends it, with an <see cref="OperationCanceledException"/>: it is to be made again.</param>
    public async Task<StepOutcome> RunAsync(StepAttempt attempt, IObjectHost host, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(host);
        if (attempt.CircuitBreaker is not { } name)
        {
            return await TryAsync(attempt, host, stopping);
        }
        BreakerGate gate = new(host, name, attempt.Breaker ?? new CircuitBreakerOptions());
        if (await gate.EnterAsync(stopping) is { } refusal)
        {
            return refusal;
        }
        StepOutcome outcome = await TryAsync(attempt, host, stopping);
        await gate.ReportAsync(outcome, stopping);
        return outcome;
    }

    private async Task<StepOutcome> TryAsync(StepAttempt attempt, IObjectHost host, CancellationToken stopping)
    {
        try
        {
            return StepOutcome.Of(attempt.ObjectClass is null
                ? await ActAsync(attempt, host, stopping)
                : await CallAsync(attempt, host, stopping));
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            return StepOutcome.Failed(error);
        }
    }

    private async Task<JsonElement?> ActAsync(StepAttempt attempt, IObjectHost host, CancellationToken stopping)
    {
        await using AsyncServiceScope scope = services.CreateAsyncScope();
        Activity activity = workflows.CreateActivity(scope.ServiceProvider, attempt.Name);
        using CancellationTokenSource timeout = new(attempt.Timeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        ActivityContext context = new(
            attempt.WorkflowId, attempt.Step, attempt.Attempt, attempt.IdempotencyKey, new ObjectStubs(host),
            loggers.CreateLogger($"DurableObjects.{attempt.Name}"), either.Token);
        try
        {
            // One that does not heed its token is left to itself.
            return await options.StartActivity(() => activity.RunAsync(context, attempt.Input)).WaitAsync(either.Token);
        }
        catch (OperationCanceledException error) when (timeout.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw new DurableObjectException(
                504, ErrorCodes.ActivityTimeout, $"The attempt of '{attempt.Name}' has not ended within {attempt.Timeout}.", error)
            { Retryable = true };
        }
    }

    private static async Task<JsonElement?> CallAsync(StepAttempt attempt, IObjectHost host, CancellationToken stopping)
    {
        ObjectAddress address = ObjectAddress.OfKey(attempt.ObjectClass!, attempt.ObjectKey!);
        bool isReadOnly = host.Classes.Get(address.ClassName).Method(attempt.Name).IsReadOnly;
        CallTurn turn = new(attempt.Name, attempt.Input is { } input ? Encoding.UTF8.GetBytes(input.GetRawText()) : default)
        {
            Caller = Caller.Of($"workflow:{attempt.WorkflowId}", Caller.Workflow),
            IdempotencyKey = isReadOnly ? null : attempt.IdempotencyKey,
        };
        Answer answer = (await host.RunAsync(address, turn, stopping)).OrThrow();
        if (answer.Json.Length > Limits.WorkflowPayloadBytes)
        {
            throw DurableObjectException.TooLarge($"The result of '{attempt.Name}'", answer.Json.Length, Limits.WorkflowPayloadBytes);
        }
        return answer.Json.IsEmpty ? null : JsonSerializer.Deserialize<JsonElement>(answer.Json.Span);
    }
}
