using DurableObjects.Workflows;

namespace DurableObjects.BenchHost;

/// <summary>Activities one after the other, each of which does nothing.</summary>
[Workflow("bench-chain")]
internal sealed class BenchChain : Workflow<int, int>
{
    protected override async Task<int> RunAsync(WorkflowContext context, int input)
    {
        int sum = 0;
        for (int i = 0; i < input; i++)
        {
            sum += await context.Activity<BenchStep, int, int>(i);
        }
        return sum;
    }
}

/// <summary>Does nothing, and is counted once the one before it is durable.</summary>
[Activity("bench-step")]
internal sealed class BenchStep(StepCount count) : Activity<int, int>
{
    protected override Task<int> RunAsync(ActivityContext context, int input)
    {
        count.Increment();
        return Task.FromResult(input);
    }
}
