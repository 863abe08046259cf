using System.Text.Json;
using DurableObjects.Workflows;
using Microsoft.AspNetCore.Http;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class WorkflowTests : EndpointTest
{
    private readonly List<(string Id, WorkflowCommand Command)> _commands = [];

    public WorkflowTests()
    {
        Workflows.Setup(host => host.Classes).Returns(new WorkflowClasses([typeof(Walk)]));
        Workflows.Setup(host => host.StartAsync("walk", It.IsAny<string>(), It.IsAny<WorkflowCommand>(), It.IsAny<CancellationToken>()))
            .Callback((string _, string id, WorkflowCommand command, CancellationToken _) => _commands.Add((id, command)))
            .Returns(Task.CompletedTask);
        Workflows.Setup(host => host.CommandAsync(It.IsAny<string>(), It.IsAny<WorkflowCommand>(), It.IsAny<CancellationToken>()))
            .Callback((string id, WorkflowCommand command, CancellationToken _) => _commands.Add((id, command)))
            .Returns(Task.CompletedTask);
    }

    [Fact]
    public async Task A_start_is_accepted_with_the_address_of_its_status()
    {
        Request.QueryString = new QueryString("?id=w:1");
        Body("""{ "far": 5 }""");

        Reply reply = await ReplyAsync(Endpoints.StartWorkflowAsync(Request, "walk", default));

        Assert.Equal(202, reply.Status);
        Assert.Equal("/api/workflows/w%3A1", reply.Headers.Location);
        Assert.Equal("""{"id":"w:1","statusUrl":"/api/workflows/w%3A1"}""", reply.Json.ToJsonString());
        (string id, WorkflowCommand command) = Assert.Single(_commands);
        Assert.Equal(("w:1", WorkflowVerb.Start, "walk"), (id, command.Verb, command.Name));
        Assert.Equal(5, command.Payload!.Value.GetProperty("far").GetInt32());
    }

    [Fact]
    public async Task A_start_without_an_id_gets_a_new_one()
    {
        Reply reply = await ReplyAsync(Endpoints.StartWorkflowAsync(Request, "walk", default));

        Assert.Equal(202, reply.Status);
        (string id, WorkflowCommand command) = Assert.Single(_commands);
        Assert.Equal((string)reply.Json["id"]!, id);
        Assert.Equal(32, id.Length);
        Assert.Null(command.Payload);
    }

    [Fact]
    public async Task The_name_of_no_workflow_is_404() =>
        (await ReplyAsync(Endpoints.StartWorkflowAsync(Request, "run", default))).MustBeProblem(404, ErrorCodes.UnknownWorkflow);

    [Fact]
    public async Task A_body_that_is_no_JSON_is_400()
    {
        Body("{");
        (await ReplyAsync(Endpoints.StartWorkflowAsync(Request, "walk", default))).MustBeProblem(400, ErrorCodes.InvalidArgument);
    }

    [Fact]
    public async Task A_status_has_input_output_and_steps()
    {
        WorkflowStatus status = new("w", "walk", WorkflowState.Failed, Clock.Now)
        {
            UpdatedAt = Clock.Now,
            EndedAt = Clock.Now,
            Input = JsonSerializer.SerializeToElement(1),
            Error = new WorkflowError("tired", "Too far."),
            Steps =
            [
                new WorkflowStep(1, WorkflowStepKind.Activity, "step", WorkflowStepState.Failed, Clock.Now)
                {
                    Attempts = [new WorkflowAttempt(1, Clock.Now, Clock.Now, new WorkflowError("tired", "Too far."))],
                },
            ],
        };
        Workflows.Setup(host => host.FindAsync("w", true, It.IsAny<CancellationToken>())).ReturnsAsync(status);

        Reply reply = await ReplyAsync(Endpoints.DescribeWorkflowAsync(Request, "w", default));

        Assert.Equal(200, reply.Status);
        Assert.Equal(("failed", "tired", 1), ((string)reply.Json["status"]!, (string)reply.Json["error"]!["code"]!, (int)reply.Json["input"]!));
        Assert.Equal(
            ("activity", "failed", "Too far."),
            ((string)reply.Json["steps"]![0]!["kind"]!, (string)reply.Json["steps"]![0]!["status"]!,
                (string)reply.Json["steps"]![0]!["attempts"]![0]!["error"]!["message"]!));
        Assert.Null(reply.Json["hasEnded"]);
    }

    [Fact]
    public async Task A_status_is_waited_for_until_the_end()
    {
        Request.QueryString = new QueryString("?wait=10");
        Queue<WorkflowState> states = new([WorkflowState.Running, WorkflowState.Running, WorkflowState.Completed]);
        Workflows.Setup(host => host.FindAsync("w", It.IsAny<bool>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => new WorkflowStatus("w", "walk", states.Count > 1 ? states.Dequeue() : states.Peek(), Clock.Now));

        Reply reply = await ReplyAsync(Endpoints.DescribeWorkflowAsync(Request, "w", default));

        Assert.Equal("completed", (string)reply.Json["status"]!);
    }

    [Fact]
    public async Task The_status_of_no_workflow_is_404()
    {
        Workflows.Setup(host => host.FindAsync("w", true, It.IsAny<CancellationToken>())).ReturnsAsync((WorkflowStatus?)null);
        (await ReplyAsync(Endpoints.DescribeWorkflowAsync(Request, "w", default))).MustBeProblem(404, ErrorCodes.UnknownWorkflow);
    }

    [Fact]
    public async Task They_are_listed_by_name_and_status_a_page_at_a_time()
    {
        Request.QueryString = new QueryString("?name=walk&status=running&limit=2&cursor=c");
        Workflows.Setup(host => host.ListAsync(new WorkflowFilter("walk", WorkflowState.Running), "c", 2, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new WorkflowPage([new WorkflowStatus("w", "walk", WorkflowState.Running, Clock.Now)], "d"));

        Reply reply = await ReplyAsync(Endpoints.WorkflowsAsync(Request, default));

        Assert.Equal(("w", "d"), ((string)reply.Json["workflows"]![0]!["id"]!, (string)reply.Json["cursor"]!));
    }

    [Theory]
    [InlineData("?status=walking", "status")]
    [InlineData("?status=3", "status")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=1001", "limit")]
    public async Task What_a_listing_cannot_be_asked_for_is_400(string query, string named)
    {
        Request.QueryString = new QueryString(query);
        Reply reply = (await ReplyAsync(Endpoints.WorkflowsAsync(Request, default))).MustBeProblem(400, ErrorCodes.InvalidArgument);
        Assert.Contains($"'{named}'", reply.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_is_raised_with_the_body_as_its_payload()
    {
        Body("""["a"]""");
        Assert.Equal(202, (await ReplyAsync(Endpoints.RaiseEventAsync(Request, "w", "go", default))).Status);
        (string id, WorkflowCommand command) = Assert.Single(_commands);
        Assert.Equal(("w", WorkflowVerb.Raise, "go", """["a"]"""), (id, command.Verb, command.Name, command.Payload!.Value.GetRawText()));
    }

    [Theory]
    [InlineData(WorkflowVerb.Terminate)]
    [InlineData(WorkflowVerb.Suspend)]
    [InlineData(WorkflowVerb.Resume)]
    public async Task It_is_steered_with_a_reason_or_without(WorkflowVerb verb)
    {
        Assert.Equal(202, (await ReplyAsync(Endpoints.SteerWorkflowAsync(Request, "w", verb, default))).Status);
        Body("""{ "reason": "since" }""");
        Assert.Equal(202, (await ReplyAsync(Endpoints.SteerWorkflowAsync(Request, "w", verb, default))).Status);
        Assert.Equal([(verb, null), (verb, "since")], _commands.Select(one => (one.Command.Verb, one.Command.Reason)));
    }

    [Fact]
    public async Task A_reason_that_is_no_text_is_400()
    {
        Body("""{ "reason": 5 }""");
        Reply reply = await ReplyAsync(Endpoints.SteerWorkflowAsync(Request, "w", WorkflowVerb.Terminate, default));
        reply.MustBeProblem(400, ErrorCodes.InvalidArgument);
    }

    [Workflow("walk")]
    private sealed class Walk : Workflow<int, int>
    {
        protected override Task<int> RunAsync(WorkflowContext context, int input) => Task.FromResult(input);
    }
}
