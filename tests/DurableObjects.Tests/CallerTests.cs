namespace DurableObjects.Tests;

public sealed class CallerTests
{
    [Theory]
    [InlineData("workflow:order-17", Caller.Workflow, true)]
    [InlineData("object:workflow/order-17", Caller.Object, true)]
    [InlineData("object:workflows/order-17", Caller.Object, false)]
    [InlineData("object:scheduler/main", Caller.Object, false)]
    [InlineData("object:workflow/order-17", "contributor", false)]
    [InlineData(null, Caller.Object, false)]
    public void Only_a_workflow_is_one(string? id, string role, bool isWorkflow) =>
        Assert.Equal(isWorkflow, Caller.Of(id, role).IsWorkflow);

    [Fact]
    public void A_workflow_is_known_by_its_id_whether_it_is_an_object_or_not()
    {
        Caller[] workflows = [Caller.Of("workflow:a", Caller.Workflow), Of("workflow", "a")];
        Caller[] others =
        [
            Caller.Of("workflow:a", "contributor"), Caller.Of("workflow:b", Caller.Workflow), Of("workflow", "b"), Of("scheduler", "a"),
            Caller.Anonymous, Caller.Runtime,
        ];

        Assert.All(workflows, caller => Assert.True(caller.IsWorkflowOf("a")));
        Assert.All(others, caller => Assert.False(caller.IsWorkflowOf("a")));

        static Caller Of(string className, string name) =>
            Caller.Of($"object:{className}/{ObjectId.FromName(className, name)}", Caller.Object);
    }
}
