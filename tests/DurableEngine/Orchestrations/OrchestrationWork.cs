using System.Text;
using Microsoft.DurableTask;

namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>A run of an orchestration that a worker was given: its history, and what has happened since.</summary>
public sealed class OrchestrationWork
{
    /// <summary>Bytes of UTF-16 that an orchestration may say of itself. The Functions extension's limit.</summary>
    private const int MaxCustomStatus = 16 * 1024;

    internal OrchestrationWork(
        OrchestrationInstance instance, string execution, IReadOnlyList<HistoryEvent> history, IReadOnlyList<HubMessage> taken)
    {
        Instance = instance;
        Execution = execution;
        History = history;
        Taken = taken;
        Version = instance.Version;
        Started = history.OfType<Started>().Single();
    }

    public string InstanceId => Instance.Id;

    public string Name => Started.Name;

    internal string Execution { get; }

    internal OrchestrationInstance Instance { get; }

    internal Started Started { get; }

    internal IReadOnlyList<HistoryEvent> History { get; }

    internal IReadOnlyList<HubMessage> Taken { get; }

    internal long Version { get; }

    internal bool ComparesInputs { get; init; }

    /// <summary>Replays the orchestration from its start, and goes on with what is new.</summary>
    public OrchestrationResult Run(Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        OrchestrationResult result = new Replay(InstanceId, Started, History, ComparesInputs).Run(orchestrator);
        int bytes = Encoding.Unicode.GetByteCount(result.CustomStatus ?? "");
        return bytes <= MaxCustomStatus ? result : Refused(new ArgumentException(
            $"CustomStatus is too large: limit = {MaxCustomStatus / 1024} KB (UTF-16), actual = {bytes / 1024.0:N2} KB."));
    }

    /// <summary>The extension does not take what the worker answered: the orchestration has failed and asked for nothing.</summary>
    private OrchestrationResult Refused(Exception error) => new([])
    {
        HasEnded = true,
        Output = HubJson.Converter.Serialize(new
        {
            message = $"Function '{Name}' failed with an unhandled exception.",
            details = error.ToString(),
        }),
        Failure = TaskFailureDetails.FromException(error),
    };
}
