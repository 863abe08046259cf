using DurableObjects.Harness;
using DurableObjects.Workflows;

namespace DurableObjects.Tests.Workflows;

public sealed class DefaultActivityTests
{
    [Fact]
    public async Task A_default_runs_where_there_is_no_other() => Assert.Equal("default", await GreetAsync(typeof(DefaultGreeting)));

    [Fact]
    public async Task A_default_stands_aside_for_an_activity_of_its_name_whichever_comes_first()
    {
        Assert.Equal("own", await GreetAsync(typeof(DefaultGreeting), typeof(OwnGreeting)));
        Assert.Equal("own", await GreetAsync(typeof(OwnGreeting), typeof(DefaultGreeting)));
    }

    [Fact]
    public void Two_of_the_same_name_are_refused_if_both_are_defaults_or_none_is()
    {
        Assert.Throws<ArgumentException>(() => new WorkflowClasses([typeof(OwnGreeting), typeof(DefaultGreeting), typeof(ThirdGreeting)]));
        Assert.Throws<ArgumentException>(() => new WorkflowClasses([typeof(DefaultGreeting), typeof(SecondDefault)]));
    }

    private static async Task<string?> GreetAsync(params Type[] activities)
    {
        await using TestHost host = new([], workflows: [typeof(Greet), .. activities]);
        await host.Workflows.StartAsync<Greet>(null, "w");
        return await host.Workflows.ResultAsync<string>("w");
    }

    [Workflow("greet")]
    private sealed class Greet : Workflow<Nothing, string>
    {
        protected override Task<string> RunAsync(WorkflowContext context, Nothing input) =>
            context.Activity<DefaultGreeting, Nothing, string>(input);
    }

    [Activity("greeting", IsDefault = true)]
    private sealed class DefaultGreeting : Activity<Nothing, string>
    {
        protected override Task<string> RunAsync(ActivityContext context, Nothing input) => Task.FromResult("default");
    }

    [Activity("greeting", IsDefault = true)]
    private sealed class SecondDefault : Activity<Nothing, string>
    {
        protected override Task<string> RunAsync(ActivityContext context, Nothing input) => Task.FromResult("second");
    }

    [Activity("greeting")]
    private sealed class OwnGreeting : Activity<Nothing, string>
    {
        protected override Task<string> RunAsync(ActivityContext context, Nothing input) => Task.FromResult("own");
    }

    [Activity("greeting")]
    private sealed class ThirdGreeting : Activity<Nothing, string>
    {
        protected override Task<string> RunAsync(ActivityContext context, Nothing input) => Task.FromResult("third");
    }
}
