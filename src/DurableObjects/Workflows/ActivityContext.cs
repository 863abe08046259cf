using DurableObjects.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

/// <summary>What an attempt of an activity knows of itself.</summary>
/// <param name="WorkflowId">The workflow that it is a step of.</param>
/// <param name="Step">The number of the step in it.</param>
/// <param name="Attempt">1 for the first attempt, 2 for the first retry.</param>
/// <param name="IdempotencyKey">The same for all attempts of the step, and for no other step: for whoever knows repetitions by a key.</param>
/// <param name="Objects">Objects, to be called: an activity is no turn, so it may wait for their answers.</param>
/// <param name="Logger">A logger whose category is the activity.</param>
/// <param name="CancellationToken">Ends when the attempt has had its time, or the process stops.</param>
public sealed record ActivityContext(
    string WorkflowId, int Step, int Attempt, string IdempotencyKey, ObjectStubs Objects, ILogger Logger, CancellationToken CancellationToken);
