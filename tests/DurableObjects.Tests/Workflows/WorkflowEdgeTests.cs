using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Tests.Workflows;

/// <summary>What is too large, too much, too deep or too late for a workflow, and what becomes of it then: an end with an error.</summary>
public sealed class WorkflowEdgeTests : IAsyncLifetime
{
    private TestHost _host = null!;

    public Task InitializeAsync()
    {
        _host = Host(new WorkflowOptions());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Input_and_output_may_have_their_limit_each()
    {
        string text = new('t', 1_000_000);
        await StartAsync("echo", text: text);
        Assert.Equal(text.Length, (await OutputAsync()).Length);
        await StartAsync("sleep-echo", text: text, id: "later");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(text.Length, (await OutputAsync("later")).Length);
    }

    [Theory]
    [InlineData("call", 3_000_000, "too-large")]
    [InlineData("deep", 63, "handler-failed")]
    [InlineData("throw", 3_000_000, "handler-failed")]
    public async Task An_outcome_that_is_too_large_or_too_deep_is_a_failure(string what, int n, string code)
    {
        await StartAsync(what, n);
        await _host.AdvanceAsync(TimeSpan.FromHours(1));
        WorkflowStatus status = await StatusAsync();
        Assert.Equal((WorkflowState.Failed, code), (status.State, status.Error!.Code));
        Assert.InRange(status.Error.Message.Length, 1, 5_000);
    }

    [Theory]
    [InlineData(4_000)]
    [InlineData(9_000)]
    public async Task Thousands_of_activities_run_side_by_side_and_a_signal_with_them(int count)
    {
        await StartAsync("fan", count);
        Assert.Equal("ok", await OutputAsync());
        Assert.Equal(1, await _host.Objects.Get<IBig>("b").Count());
    }

    [Theory]
    [InlineData("configure")]
    [InlineData("configure-open")]
    public async Task Configured_awaits_change_nothing(string what)
    {
        await StartAsync(what);
        Assert.Equal("one!two!", await OutputAsync());
    }

    [Fact]
    public async Task A_stray_task_beside_an_open_step_is_found_at_the_next_thing_that_happens()
    {
        await StartAsync("stray");
        Edges.MayStray.SetResult();
        await Edges.HasStrayed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await _host.Workflows.RaiseAsync("w", "go");
        WorkflowStatus status = await StatusAsync();
        Assert.Equal((WorkflowState.Failed, ErrorCodes.WorkflowChanged), (status.State, status.Error!.Code));
        Assert.Contains("outside of its thread", status.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_that_does_not_heed_the_limit_of_operations_is_stopped()
    {
        await StartAsync("spin").WaitAsync(TimeSpan.FromSeconds(60));
        WorkflowStatus status = await StatusAsync();
        Assert.Equal((WorkflowState.Failed, ErrorCodes.InvalidArgument), (status.State, status.Error!.Code));
        Assert.Contains("10,000 operations", status.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compensations_run_beyond_the_limit_of_operations()
    {
        await StartAsync("saga-limit");
        WorkflowStatus status = await StatusAsync();
        Assert.Equal(WorkflowState.Failed, status.State);
        Assert.DoesNotContain("compensations failed", status.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(0, await _host.Objects.Get<IShelf>("main").Taken());
    }

    [Fact]
    public async Task Time_does_not_go_back_for_an_event_that_a_new_execution_takes()
    {
        DateTimeOffset start = _host.Clock.GetUtcNow();
        await StartAsync("debounce");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        await _host.Workflows.RaiseAsync("w", "e");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(50));
        await _host.AdvanceAsync(TimeSpan.FromMinutes(60));
        Assert.Equal($"{start.AddHours(1):HH:mm} {start.AddHours(1):HH:mm} {start.AddHours(2):HH:mm}", await OutputAsync());
    }

    [Fact]
    public async Task What_happened_while_it_was_suspended_happens_when_it_is_resumed()
    {
        DateTimeOffset start = _host.Clock.GetUtcNow();
        await StartAsync("nap-after");
        await SteerAsync(WorkflowVerb.Suspend);
        await _host.Workflows.RaiseAsync("w", "e");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(30));
        await SteerAsync(WorkflowVerb.Resume);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(60));
        Assert.Equal($"{start.AddMinutes(90):HH:mm}", await OutputAsync());
    }

    [Fact]
    public async Task A_second_workflow_of_an_id_that_was_forgotten_is_not_taken_for_the_first()
    {
        await using TestHost host = Host(new WorkflowOptions { Retention = TimeSpan.FromMinutes(1) });
        List<string?> outputs = [];
        for (int i = 0; i < 2; i++)
        {
            await host.Workflows.StartAsync<Edges>(new { what = "take" }, "w");
            outputs.Add((await host.Workflows.FindAsync("w", false, CancellationToken.None))!.Output?.GetString());
            await host.AdvanceAsync(TimeSpan.FromMinutes(2));
        }
        Assert.Equal(2, await host.Objects.Get<IShelf>("main").Taken());
        Assert.NotEqual(outputs[0]!.Split(' ')[1], outputs[1]!.Split(' ')[1]);
    }

    [Fact]
    public async Task A_command_to_no_workflow_does_not_hold_up_what_its_sender_asks_next()
    {
        ObjectAddress starter = ObjectAddress.OfName("starter", "s");
        await _host.CallAsync<object>(starter, "terminate", "w");
        await _host.CallAsync<object>(starter, "start", "chain", "w", 2);
        Assert.Equal("a0!a1!", await OutputAsync());
    }

    [Fact]
    public async Task An_event_in_front_of_its_start_waits_for_it()
    {
        await _host.CallAsync<object>(ObjectAddress.OfName("starter", "s"), "raise", "w", "approved", "ann");
        await _host.Workflows.StartAsync<Approval>(60.0, "w");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("ann", await OutputAsync());
    }

    [Fact]
    public async Task A_step_behind_a_breaker_that_stays_open_waits_for_days_and_goes_on_then()
    {
        ObjectAddress breaker = ObjectAddress.OfName("circuit-breaker", "x");
        await _host.CallAsync<object>(breaker, "isolate");
        await StartAsync("breaker");
        await _host.AdvanceAsync(TimeSpan.FromDays(5));
        Assert.Equal(WorkflowState.Running, (await StatusAsync()).State);
        await _host.CallAsync<object>(breaker, "close");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.Equal("behind!", await OutputAsync());
    }

    [Fact]
    public async Task More_events_than_may_wait_are_refused()
    {
        await StartAsync("nap-after");
        for (int i = 0; i < Limits.WaitingEvents; i++)
        {
            await _host.Workflows.RaiseAsync("w", "other");
        }
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => _host.Workflows.RaiseAsync("w", "other"));
        Assert.Equal((503, ErrorCodes.Overloaded, true), (error.Status, error.Code, error.Retryable));
    }

    [Fact]
    public async Task A_workflow_waits_for_a_deployment_that_has_its_class_again()
    {
        World world = new();
        bool isThere = true;
        await using TestHost host = new(
            [typeof(Shelf)], services => services.AddSingleton(world).AddTransient(_ => isThere
                ? new Part()
                : throw new InvalidOperationException("It is not deployed.")), workflows: [typeof(Assembled), typeof(Do)]);
        host.DeliversAutomatically = false;
        await host.Workflows.StartAsync<Assembled>("", "w");
        await host.HibernateAllAsync();
        isThere = false;
        await Assert.ThrowsAsync<DurableObjectException>(() => host.DeliverAsync());
        Assert.Equal(WorkflowState.Running, (await host.Workflows.FindAsync("w", false, CancellationToken.None))!.State);
        isThere = true;
        await host.DrainAsync();
        Assert.Equal(WorkflowState.Completed, (await host.Workflows.FindAsync("w", false, CancellationToken.None))!.State);
    }

    private static TestHost Host(WorkflowOptions options) => new(
        [typeof(Shelf), typeof(Starter), typeof(Big), typeof(DurableObjects.Breakers.CircuitBreaker)],
        services => services.AddSingleton(new World()).AddSingleton(options),
        workflows: [typeof(Edges), typeof(Chain), typeof(Approval), typeof(Do), typeof(Throwing), typeof(Deep)]);

    private Task<string> StartAsync(string what, int n = 0, string text = "", string id = "w") =>
        _host.Workflows.StartAsync<Edges>(new { what, n, text }, id);

    private Task SteerAsync(WorkflowVerb verb) => _host.Workflows.CommandAsync("w", new WorkflowCommand(verb), CancellationToken.None);

    private async Task<WorkflowStatus> StatusAsync(string id = "w") =>
        (await _host.Workflows.FindAsync(id, withSteps: true, CancellationToken.None))!;

    private async Task<string> OutputAsync(string id = "w")
    {
        WorkflowStatus status = await StatusAsync(id);
        Assert.True(status.State == WorkflowState.Completed, $"{status.State}: {status.Error}");
        return status.Output!.Value.GetString()!;
    }

    public interface IBig
    {
        Task<string> Get(int characters);

        Task Add(string text);

        Task<int> Count();
    }

    public sealed class Part;

    [DurableObject("big")]
    public sealed class Big(ObjectContext context) : DurableObject(context), IBig
    {
        public Task<string> Get(int characters) => Task.FromResult(new string('x', characters));

        public Task Add(string text)
        {
            Storage.Put("count", Storage.Get("count", 0) + 1);
            return Task.CompletedTask;
        }

        [ReadOnlyMethod]
        public Task<int> Count() => Task.FromResult(Storage.Get("count", 0));
    }

    [Activity("throwing")]
    public sealed class Throwing : Activity<int, string>
    {
        protected override Task<string> RunAsync(ActivityContext context, int input) => throw new InvalidOperationException(new string('e', input));
    }

    [Activity("deep")]
    public sealed class Deep : Activity<int, JsonElement>
    {
        protected override Task<JsonElement> RunAsync(ActivityContext context, int input)
        {
            using JsonDocument document = JsonDocument.Parse(new string('[', input) + new string(']', input));
            return Task.FromResult(document.RootElement.Clone());
        }
    }

    [Workflow("assembled")]
    public sealed class Assembled(Part part) : Workflow<string, string>
    {
        protected override async Task<string> RunAsync(WorkflowContext context, string input)
        {
            await context.Activity<Do, string, string>("one");
            return part.ToString()!;
        }
    }

    [Workflow("edges")]
    public sealed class Edges : Workflow<JsonElement, string>
    {
        public static TaskCompletionSource MayStray { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static TaskCompletionSource HasStrayed { get; } = new();

        protected override async Task<string> RunAsync(WorkflowContext context, JsonElement input)
        {
            int n = input.TryGetProperty("n", out JsonElement number) ? number.GetInt32() : 0;
            switch (input.GetProperty("what").GetString())
            {
                case "call":
                    return await context.Call<IBig>("b").Get(n);
                case "echo":
                    return input.GetProperty("text").GetString()!;
                case "sleep-echo":
                    await context.Sleep(TimeSpan.FromSeconds(1));
                    return input.GetProperty("text").GetString()!;
                case "fan":
                    Task<string>[] all = [.. Enumerable.Range(0, n).Select(_ => context.Activity<Do, string, string>("f"))];
                    context.Signal<IBig>("b", big => big.Add("x"));
                    await Task.WhenAll(all);
                    return "ok";
                case "configure":
                    return await BothAsync(context).ConfigureAwait(false);
                case "configure-open":
                    Task never = context.WaitForEvent<string>("never");
                    string both = await BothAsync(context).ConfigureAwait(false);
                    return never.IsCompleted ? "" : both;
                case "stray":
                    Task open = context.WaitForEvent<string>("go");
                    await MayStray.Task;
                    Task stray = context.Activity<Do, string, string>("never");
                    HasStrayed.SetResult();
                    await Task.WhenAll(open, stray);
                    return "";
                case "spin":
                    Fill(context);
                    while (true)
                    {
                        try
                        {
                            await context.Activity<Do, string, string>("poll");
                        }
                        catch (DurableObjectException)
                        {
                            // As a poller does.
                        }
                    }
                case "saga-limit":
                    IShelf shelf = context.Call<IShelf>("main");
                    await shelf.Take("one");
                    context.Compensate(() => shelf.PutBack("one"));
                    Fill(context);
                    await context.Activity<Do, string, string>("one too many");
                    return "";
                case "debounce":
                    await context.Sleep(TimeSpan.FromHours(1));
                    context.ContinueAsNew(new { what = "debounced" });
                    return "";
                case "debounced":
                    DateTimeOffset first = context.Now;
                    await context.WaitForEvent<string>("e");
                    DateTimeOffset second = context.Now;
                    await context.Sleep(TimeSpan.FromHours(1));
                    return $"{first:HH:mm} {second:HH:mm} {context.Now:HH:mm}";
                case "nap-after":
                    await context.WaitForEvent<string>("e");
                    await context.Sleep(TimeSpan.FromHours(1));
                    return $"{context.Now:HH:mm}";
                case "throw":
                    return await context.Activity<Throwing, int, string>(n);
                case "deep":
                    await context.Activity<Deep, int, JsonElement>(n);
                    return "ok";
                case "take":
                    return $"{await context.Call<IShelf>("main").Take("one")} {context.NewGuid()}";
                default:
                    return await context.Activity<Do, string, string>("behind", new ActivityOptions { CircuitBreaker = "x" });
            }
        }

        private static async Task<string> BothAsync(WorkflowContext context) =>
            await context.Activity<Do, string, string>("one").ConfigureAwait(false) + await context.Activity<Do, string, string>("two");

        /// <summary>Asks for all that a workflow may.</summary>
        private static void Fill(WorkflowContext context)
        {
            for (int i = 0; i < Limits.WorkflowOperations; i++)
            {
                _ = context.WaitForEvent<string>($"e{i}");
            }
        }
    }
}
