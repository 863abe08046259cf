namespace DurableObjects.Workflows;

/// <summary>What is known of an operation of a workflow.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Asked">When the code asked for it.</param>
public sealed record OperationRecord(Operation Operation, DateTimeOffset Asked)
{
    /// <summary>When a wait ends; null if it was cancelled.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Whether it ended because nobody waited for it any more.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>What came of it, where that is recorded.</summary>
    public StepOutcome? Outcome { get; init; }

    /// <summary>The steps that operations are parts of.</summary>
    /// <param name="records">The operations in their order.</param>
    public static IReadOnlyList<WorkflowStep> Steps(IEnumerable<OperationRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        Dictionary<int, WorkflowStep> steps = [];
        foreach (OperationRecord record in records)
        {
            (_, int number, OperationKind kind, string name, int attempt) = record.Operation;
            if (kind == OperationKind.Timer)
            {
                continue;
            }
            WorkflowError? error = record.Outcome?.Error is { } failure ? new WorkflowError(failure.Code, failure.Detail) : null;
            WorkflowStep step = steps.GetValueOrDefault(number) ?? new WorkflowStep(
                number, (WorkflowStepKind)(kind - 1), name, WorkflowStepState.Running, record.Asked);
            if (kind is OperationKind.Activity or OperationKind.Call && record.Outcome is not { WasRefused: true })
            {
                step = step with { Attempts = [.. step.Attempts ?? [], new WorkflowAttempt(attempt, record.Asked, record.Ended, error)] };
            }
            steps[number] = step with
            {
                State = record.Ended is null ? WorkflowStepState.Running
                    : record.IsCancelled ? WorkflowStepState.Cancelled
                    : error is null ? WorkflowStepState.Completed : WorkflowStepState.Failed,
                EndedAt = record.Ended,
                DueAt = record.Due,
                Error = error,
            };
        }
        return [.. steps.Values.OrderBy(step => step.Number)];
    }
}
