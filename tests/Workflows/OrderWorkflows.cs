using System.Collections.Concurrent;
using DurableObjects.Workflows;

namespace DurableObjects.Tests.Workflows;

/// <summary>What activities did, for all to see: it outlives every crash, as the world does.</summary>
public sealed class World
{
    public ConcurrentQueue<string> Done { get; } = new();

    /// <summary>How often an activity fails before it succeeds, by the text of its input.</summary>
    public ConcurrentDictionary<string, int> Failures { get; } = new();

    public TimeProvider? Clock { get; set; }

    public List<DateTimeOffset> Times { get; } = [];
}

public interface IShelf
{
    Task<int> Take(string item);

    Task PutBack(string item);

    Task<int> Taken();
}

[DurableObject("shelf")]
public sealed class Shelf(ObjectContext context) : DurableObject(context), IShelf
{
    public Task<int> Take(string item)
    {
        if (item == "none")
        {
            throw new DurableObjectException(409, "sold-out", "There is none left.");
        }
        int taken = Storage.Get("taken", 0) + 1;
        Storage.Put("taken", taken);
        return Task.FromResult(taken);
    }

    public Task PutBack(string item)
    {
        Storage.Put("taken", Storage.Get("taken", 0) - 1);
        return Task.CompletedTask;
    }

    [ReadOnlyMethod]
    public Task<int> Taken() => Task.FromResult(Storage.Get("taken", 0));
}

[Activity("do")]
public sealed class Do(World world) : Activity<string, string>
{
    protected override Task<string> RunAsync(ActivityContext context, string input)
    {
        world.Done.Enqueue(input);
        if (world.Clock is { } clock)
        {
            world.Times.Add(clock.GetUtcNow());
        }
        if (world.Failures.TryGetValue(input, out int left) && left > 0)
        {
            world.Failures[input] = left - 1;
            throw new InvalidOperationException($"{input} does not work yet.");
        }
        return Task.FromResult($"{input}!");
    }
}

[Workflow("chain")]
public sealed class Chain : Workflow<int, string>
{
    protected override async Task<string> RunAsync(WorkflowContext context, int input)
    {
        string result = "";
        for (int i = 0; i < input; i++)
        {
            result += await context.Activity<Do, string, string>($"a{i}");
        }
        return result;
    }
}

[Workflow("side-by-side")]
public sealed class SideBySide : Workflow<int, string>
{
    protected override async Task<string> RunAsync(WorkflowContext context, int input)
    {
        string[] results = await Task.WhenAll(Enumerable.Range(0, input).Select(i => context.Activity<Do, string, string>($"a{i}")));
        return string.Concat(results);
    }
}

[Workflow("retrying")]
public sealed class Retrying : Workflow<RetryPolicy, string>
{
    protected override Task<string> RunAsync(WorkflowContext context, RetryPolicy input) =>
        context.Activity<Do, string, string>("shaky", new ActivityOptions { Retry = input });
}

[Workflow("nap")]
public sealed class Nap : Workflow<double, DateTimeOffset>
{
    protected override async Task<DateTimeOffset> RunAsync(WorkflowContext context, double input)
    {
        await context.Sleep(TimeSpan.FromSeconds(input));
        return context.Now;
    }
}

[Workflow("approval")]
public sealed class Approval : Workflow<double, string>
{
    protected override async Task<string> RunAsync(WorkflowContext context, double input)
    {
        try
        {
            return await context.WaitForEvent<string>("approved", TimeSpan.FromSeconds(input)) ?? "nobody";
        }
        catch (DurableObjectException error) when (error.Code == ErrorCodes.EventTimeout)
        {
            return "too late";
        }
    }
}

[Workflow("buying")]
public sealed class Buying : Workflow<string, int>
{
    protected override async Task<int> RunAsync(WorkflowContext context, string input)
    {
        IShelf shelf = context.Call<IShelf>("main");
        int first = await shelf.Take("one");
        context.Compensate(() => shelf.PutBack("one"));
        await context.Activity<Do, string, string>("pay");
        context.Compensate(() => context.Activity<Do, string, string>("refund"));
        return first + await shelf.Take(input);
    }
}

[Workflow("parent")]
public sealed class ParentOfChains : Workflow<int, string>
{
    protected override async Task<string> RunAsync(WorkflowContext context, int input)
    {
        string[] parts = await Task.WhenAll(
            context.Child<Chain, int, string>(input), context.Child<Chain, int, string>(1), context.Child<Chain, int, string>(2, "named"));
        return string.Join("|", parts);
    }
}

[Workflow("counting-down")]
public sealed class CountingDown : Workflow<int, string>
{
    protected override async Task<string> RunAsync(WorkflowContext context, int input)
    {
        await context.Activity<Do, string, string>($"round {input}");
        if (input > 1)
        {
            context.ContinueAsNew(input - 1);
            return "not this";
        }
        return await context.WaitForEvent<string>("end") ?? "";
    }
}

[Workflow("signalling")]
public sealed class Signalling : Workflow<string, Nothing>
{
    protected override Task<Nothing> RunAsync(WorkflowContext context, string input)
    {
        context.Signal<IShelf>("main", shelf => shelf.Take(input));
        context.Signal<IShelf>("main", shelf => shelf.Take(input));
        return Task.FromResult(default(Nothing));
    }
}

[Workflow("stray")]
public sealed class Stray : Workflow<string, Nothing>
{
    protected override async Task<Nothing> RunAsync(WorkflowContext context, string input)
    {
        // Something that is soon over may be over before it is awaited, and is not noticed then.
        await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
        return default;
    }
}

[Workflow("all-of-it")]
public sealed class AllOfIt : Workflow<string, string>
{
    protected override async Task<string> RunAsync(WorkflowContext context, string input)
    {
        List<string> log = [input, context.NewGuid().ToString("n")[..4]];
        int taken = await context.Call<IShelf>("main").Take("one");
        log.Add(taken.ToString(System.Globalization.CultureInfo.InvariantCulture));
        log.AddRange(await Task.WhenAll(context.Activity<Do, string, string>("x"), context.Activity<Do, string, string>("y")));
        Task<string?> early = context.WaitForEvent<string>("go");
        await context.Sleep(TimeSpan.FromSeconds(10));
        log.Add(await early ?? "");
        log.Add(await context.Child<Chain, int, string>(2));
        context.Signal<IShelf>("main", shelf => shelf.Take("two"));
        log.Add(await context.Activity<Do, string, string>("shaky"));
        try
        {
            await context.WaitForEvent<string>("never", TimeSpan.FromSeconds(5));
        }
        catch (DurableObjectException error)
        {
            log.Add(error.Code);
        }
        return string.Join(",", log);
    }
}
