using System.Text.Json;
using DurableObjects.Breakers;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Workflows;

/// <summary>The circuit breaker in front of an attempt: the object <c>circuit-breaker</c> of that name, which all workflows share.</summary>
internal sealed class BreakerGate(IObjectHost host, string name, CircuitBreakerOptions options)
{
    private readonly ObjectAddress _address = ObjectAddress.OfName("circuit-breaker", name);
    private long _permit;

    /// <summary>Asks to pass; null if the attempt may be made.</summary>
    public async Task<StepOutcome?> EnterAsync(CancellationToken cancellation)
    {
        BreakerPermit permit;
        try
        {
            permit = await CallAsync<BreakerPermit>("ask", cancellation, options);
            if (!permit.Allowed && permit.RetryAfter == TimeSpan.Zero)
            {
                permit = await CallAsync<BreakerPermit>("enter", cancellation, options);
            }
        }
        catch (DurableObjectException error)
        {
            return StepOutcome.Failed(error);
        }
        _permit = permit.Permit;
        return permit.Allowed
            ? null
            : StepOutcome.Failed(new DurableObjectException(
                503, ErrorCodes.CircuitOpen, $"The circuit breaker '{name}' is {permit.State}, so no attempt was made.")
            {
                Retryable = true,
                RetryAfter = permit.RetryAfter ?? options.BreakDuration,
            }) with
            { WasRefused = true };
    }

    /// <summary>Says how the attempt went. A decision of the other side about the request is no sign that it is down.</summary>
    public async Task ReportAsync(StepOutcome outcome, CancellationToken cancellation)
    {
        bool succeeded = outcome.Error is null or { IsDecision: true };
        try
        {
            await CallAsync<object>("report", cancellation, _permit, succeeded, options);
        }
        catch (DurableObjectException)
        {
            // The attempt was made, and its outcome counts, whether or not the breaker hears of it: its own figures heal by time.
        }
    }

    private async Task<T> CallAsync<T>(string method, CancellationToken cancellation, params object?[] arguments)
    {
        CallTurn turn = new(method, JsonSerializer.SerializeToUtf8Bytes(arguments, ObjectJson.Options)) { Caller = Caller.Runtime };
        Answer answer = (await host.RunAsync(_address, turn, cancellation)).OrThrow();
        return answer.Json.IsEmpty ? default! : JsonSerializer.Deserialize<T>(answer.Json.Span, ObjectJson.Options)!;
    }
}
