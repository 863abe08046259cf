using System.Text.Json;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Workflows;

/// <summary>What is told of a workflow, out of what the platform knows of its orchestration.</summary>
internal static class WorkflowStatuses
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true, IncludeFields = true };

    /// <summary>What the platform's serializer wrote.</summary>
    public static T? Read<T>(string? text) => string.IsNullOrEmpty(text) ? default : JsonSerializer.Deserialize<T>(text, Options);

    /// <summary>A workflow that has ended.</summary>
    public static WorkflowStatus Of(string id, WorkflowStart start, WorkflowEnd end) => new(id, start.Name, end.State, start.CreatedAt)
    {
        UpdatedAt = end.At,
        EndedAt = end.At,
        Input = start.Input,
        Output = end.Output,
        Error = Of(end.Error),
    };

    /// <summary>A workflow, as of the last checkpoint of its orchestration.</summary>
    public static WorkflowStatus Of(OrchestrationMetadata found)
    {
        string id = WorkflowInstance.IdOf(found.InstanceId);
        WorkflowStart start = Read<WorkflowStart>(found.SerializedInput)
            ?? throw new InvalidDataException($"The orchestration '{found.InstanceId}' has no input.");
        switch (found.RuntimeStatus)
        {
            case OrchestrationRuntimeStatus.Completed when Read<WorkflowEnd>(found.SerializedOutput) is { } end:
                return Of(id, start, end) with { UpdatedAt = found.LastUpdatedAt };
            case OrchestrationRuntimeStatus.Terminated:
                return Ended(id, start, found, WorkflowState.Terminated, ErrorCodes.WorkflowTerminated);
            case OrchestrationRuntimeStatus.Failed:
                // Ours never fails by itself: the platform has found that the code asks for something of another kind than before.
                return Ended(id, start, found, WorkflowState.Failed, ErrorCodes.WorkflowChanged);
        }
        WorkflowShown? shown = Read<WorkflowShown>(found.SerializedCustomStatus);
        WorkflowState state = found.RuntimeStatus switch
        {
            OrchestrationRuntimeStatus.Pending => WorkflowState.Pending,
            OrchestrationRuntimeStatus.Suspended => WorkflowState.Suspended,
            _ => shown?.State ?? WorkflowState.Running,
        };
        return new WorkflowStatus(id, start.Name, state, start.CreatedAt)
        {
            UpdatedAt = found.LastUpdatedAt,
            EndedAt = state == WorkflowState.Terminated ? found.LastUpdatedAt : null,
            Input = start.Input,
            Error = shown?.Error,
        };
    }

    private static WorkflowStatus Ended(
        string id, WorkflowStart start, OrchestrationMetadata found, WorkflowState state, string code) =>
        new(id, start.Name, state, start.CreatedAt)
        {
            UpdatedAt = found.LastUpdatedAt,
            EndedAt = found.LastUpdatedAt,
            Input = start.Input,
            Error = new WorkflowError(code, found.SerializedOutput ?? ""),
        };

    private static WorkflowError? Of(Failure? error) => error is null ? null : new WorkflowError(error.Code, error.Detail);
}
