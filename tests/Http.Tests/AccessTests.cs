using DurableObjects.Workflows;
using Microsoft.AspNetCore.Http;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class AccessTests : EndpointTest
{
    [Theory]
    [InlineData("", Access.Public)]
    [InlineData("other", Access.Public)]
    [InlineData("viewer", Access.Viewer)]
    [InlineData("contributor", Access.Contributor)]
    [InlineData("viewer other Contributor", Access.Contributor)]
    [InlineData("ADMIN", Access.Administrator)]
    public void Roles_include_those_below_them(string roles, Access access) =>
        Assert.Equal(access, AccessPolicy.Of(Caller.Of("ann", roles.Split(' '))));

    public static TheoryData<string, string, string> EveryRoute => new()
    {
        { "GET /api/objects", "viewer", "" },
        { "GET /api/objects/{class}", "viewer", "" },
        { "POST /api/objects/{class}", "contributor", "viewer" },
        { "GET /api/objects/{class}/{key}", "viewer", "" },
        { "DELETE /api/objects/{class}/{key}", "admin", "contributor" },
        { "POST /api/objects/{class}/{key}/{method}", "contributor", "viewer" },
        { "GET /api/objects/{class}/{key}/{method}", "viewer", "" },
        { "* /api/objects/{class}/{key}/fetch/{*path}", "contributor", "viewer" },
        { "POST /api/objects/{class}/{key}/negotiate", "contributor", "viewer" },
        { "POST /api/objects/{class}/{key}/parked-signals", "admin", "contributor" },
        { "GET /api/metrics", "viewer", "" },
        { "GET /api/objects/{class}/{key}/recovery-points", "admin", "contributor" },
        { "POST /api/objects/{class}/{key}/recovery-points", "admin", "contributor" },
        { "POST /api/objects/{class}/{key}/restore", "admin", "contributor" },
        { "GET /api/workflows", "viewer", "" },
        { "POST /api/workflows/{id}", "contributor", "viewer" },
        { "GET /api/workflows/{id}", "viewer", "" },
        { "POST /api/workflows/{id}/events/{event}", "contributor", "viewer" },
        { "POST /api/workflows/{id}/terminate", "contributor", "viewer" },
        { "POST /api/workflows/{id}/suspend", "contributor", "viewer" },
        { "POST /api/workflows/{id}/resume", "contributor", "viewer" },
        { "GET /api/webhooks/{source}/{key}/status", "viewer", "" },
        { "GET /api/webhooks/{source}/{key}/deliveries", "viewer", "" },
        { "GET /api/webhooks/{source}/{key}/deliveries/{id}", "viewer", "" },
        { "POST /api/webhooks/{source}/{key}/deliveries/{id}/redeliver", "contributor", "viewer" },
        { "POST /api/webhooks/{source}/{key}/deliveries/{id}/skip", "contributor", "viewer" },
        { "POST /api/webhooks/{source}/{key}/redeliver", "contributor", "viewer" },
        { "POST /api/webhooks/{source}/{key}/resume", "contributor", "viewer" },
    };

    [Theory]
    [MemberData(nameof(EveryRoute))]
    public async Task A_route_refuses_whoever_has_less_than_its_role(string route, string enough, string tooLittle)
    {
        ObjectRoute found = ObjectRoutes.All.Single(one => $"{one.Method} {one.Pattern}" == route);
        Request.RouteValues["class"] = "nothing";
        Request.RouteValues["key"] = "lobby";
        Request.RouteValues["method"] = "post";
        Request.RouteValues["source"] = "shop";
        Request.RouteValues["id"] = "x";
        if (route.EndsWith("/redeliver", StringComparison.Ordinal))
        {
            Body("""{ "ids": ["x"] }""");
        }
        Host.Setup(host => host.FindAsync(It.IsAny<ObjectAddress>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new DurableObjectException(404, ErrorCodes.UnknownClass, "none"));
        Workflows.Setup(host => host.Classes).Throws(new DurableObjectException(404, ErrorCodes.UnknownClass, "none"));
        Workflows.SetReturnsDefault(Task.FromException<WorkflowPage>(new DurableObjectException(404, ErrorCodes.UnknownClass, "none")));
        Workflows.SetReturnsDefault(Task.FromException<WorkflowStatus?>(new DurableObjectException(404, ErrorCodes.UnknownClass, "none")));
        Workflows.SetReturnsDefault(Task.FromException(new DurableObjectException(404, ErrorCodes.UnknownClass, "none")));

        Caller = Caller.Of("ann", tooLittle);
        Reply refused = (await ReplyAsync(found.Handler(Endpoints, Request, default))).MustBeProblem(403, "forbidden");
        Assert.Contains($"'{enough}'", refused.Detail, StringComparison.Ordinal);

        Caller = Caller.Of("ann", enough);
        Reply let = await ReplyAsync(found.Handler(Endpoints, Request, default));
        Assert.True(let.Status == 200 || let.Code == "unknown-class", let.Status.ToString(provider: null));
    }

    [Fact]
    public async Task A_route_of_a_hosts_own_is_checked_like_those_of_the_table()
    {
        ObjectRoute own = new("POST", "/api/own", Access.Administrator, (_, _, _) => throw new NotSupportedException());
        Task<IResult> RunAsync() => Endpoints.RunAsync(
            own, Request, caller => throw new DurableObjectException(409, "asked-by", caller.Id!), default);

        (await ReplyAsync(RunAsync())).MustBeProblem(409, "asked-by");

        Caller = Caller.Of("ann", AccessPolicy.Contributor);
        (await ReplyAsync(RunAsync())).MustBeProblem(403, "forbidden");
    }

    [Fact]
    public void Only_health_and_signed_webhooks_are_public_and_no_route_is_forgotten_here() => Assert.Equal(
        ["POST /api/webhooks/{source}/{key}", "GET /api/health"],
        ObjectRoutes.All.Select(one => $"{one.Method} {one.Pattern}").Except(EveryRoute.Select(row => (string)row[0])));
}
