using System.Globalization;
using System.Text.Json;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Workflows;

/// <summary>
/// Where a workflow that is an object sends its attempts: a signal to the outside, whose receiver is no object. It waits in the outbox like
/// any other, so a restart brings it out again; a host that comes upon one has it made here and gives its sender the turn that records
/// the outcome, which also takes it out of the outbox.
/// </summary>
public static class ActivityPort
{
    /// <summary>The method of such a signal.</summary>
    public const string Method = "attempt";

    private const string ClassName = "_activity";

    /// <summary>Whether a signal is an attempt to be made.</summary>
    public static bool Takes(Signal signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        return signal.Receiver.ClassName == ClassName;
    }

    /// <summary>Makes an attempt; what comes back is the turn to give to the signal's sender, until it is durable.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="runner">Makes it.</param>
    /// <param name="host">Has the objects.</param>
    /// <param name="stopping">Ends it; it is made again.</param>
    public static async Task<Turn> RunAsync(Signal signal, ActivityRunner runner, IObjectHost host, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(signal);
        ArgumentNullException.ThrowIfNull(runner);
        byte[] arguments;
        try
        {
            StepAttempt attempt = JsonSerializer.Deserialize<StepAttempt>(signal.Arguments.Span, ObjectJson.Options)!;
            arguments = Arguments(signal, await runner.RunAsync(attempt, host, stopping));
        }
        catch (JsonException error)
        {
            // Written by another version, or nested too deeply to be wrapped: there is an outcome all the same.
            arguments = Arguments(signal, StepOutcome.Failed(error));
        }
        return new CallTurn("record", arguments) { Caller = Caller.Runtime, TraceParent = signal.TraceParent };
    }

    private static byte[] Arguments(Signal signal, StepOutcome outcome) => JsonSerializer.SerializeToUtf8Bytes(
        new object[] { (int)signal.Position.Epoch, signal.Position.Number, outcome }, ObjectJson.Options);

    internal static ObjectAddress Of(long number)
    {
        string name = number.ToString(CultureInfo.InvariantCulture);
        return new ObjectAddress(ClassName, ObjectId.FromName(ClassName, name), null);
    }
}
