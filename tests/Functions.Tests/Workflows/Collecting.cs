using DurableObjects.Tests.Workflows;
using DurableObjects.Workflows;

namespace DurableObjects.Functions.Tests.Workflows;

/// <summary>Takes so many events, one after the other, in an execution of its own for each three.</summary>
[Workflow("collecting")]
public sealed class Collecting : Workflow<string, string>
{
    /// <summary>As many as it takes.</summary>
    public const int Count = 12;

    private const int OfEachExecution = 3;

    protected override async Task<string> RunAsync(WorkflowContext context, string input)
    {
        List<string> taken = [.. input.Split(',', StringSplitOptions.RemoveEmptyEntries)];
        for (int i = 0; i < OfEachExecution && taken.Count < Count; i++)
        {
            taken.Add(await context.WaitForEvent<string>("item") ?? "");
        }
        string all = string.Join(',', taken);
        context.Signal<IShelf>("main", shelf => shelf.Take(all));
        if (taken.Count < Count)
        {
            context.ContinueAsNew(all);
        }
        return all;
    }
}
