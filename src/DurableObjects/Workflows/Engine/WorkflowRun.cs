using System.Text.Json;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

/// <summary>
/// Runs a workflow's code on an engine, the same on every host: makes it, gives it its input, and if it fails runs its compensations.
/// </summary>
/// <param name="workflows">The workflows and activities.</param>
/// <param name="objects">The object classes that they may call.</param>
/// <param name="services">Where the workflows' dependencies come from.</param>
/// <param name="loggers">Where logs go; the category is <c>DurableObjects.</c> and the workflow's name.</param>
public sealed class WorkflowRun(WorkflowClasses workflows, ObjectClasses objects, IServiceProvider services, ILoggerFactory loggers)
{
    /// <summary>Refuses what could not be run now, though it may have been before: a deployment lacks the class, or what it wants.</summary>
    /// <exception cref="DurableObjectException">It could not (503, retryable).</exception>
    public void Check(string name)
    {
        try
        {
            workflows.CreateWorkflow(services, name);
        }
        catch (Exception error)
        {
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, $"The workflow '{name}' cannot be run by this version of the app: {error.Message}", error)
            { Retryable = true };
        }
    }

    /// <summary>Runs it to its end. Never throws but <see cref="WorkflowChangedException"/>: a failure is an outcome.</summary>
    public async Task<StepOutcome> RunAsync(IWorkflowEngine engine, JsonElement? input)
    {
        ArgumentNullException.ThrowIfNull(engine);
        WorkflowContext context = new(engine, workflows, objects, loggers.CreateLogger($"DurableObjects.{engine.Name}"));
        try
        {
            return StepOutcome.Of(await workflows.CreateWorkflow(services, engine.Name).RunAsync(context, input));
        }
        catch (Exception error) when (error is not WorkflowChangedException)
        {
            Failure failure = Failure.From(error).Short();
            IReadOnlyList<Exception> others = await context.CompensateAsync();
            return new StepOutcome(null, others.Count == 0
                ? failure
                : (failure with
                {
                    Detail = $"{failure.Detail} And {others.Count} of its compensations failed: "
                        + string.Join(" ", others.Select(other => other.Message)),
                }).Short());
        }
    }
}
