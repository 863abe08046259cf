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
}
