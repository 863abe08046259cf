using System.Reflection;
using DurableObjects.Functions.Http;
using DurableObjects.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace DurableObjects.Functions.Tests.Http;

/// <summary>What the platform reads out of the triggers.</summary>
public sealed class TriggerTests
{
    private static readonly IReadOnlyList<(string Name, HttpTriggerAttribute Trigger)> Triggers =
    [
        .. new[] { typeof(ObjectFunctions), typeof(WebhookFunctions), typeof(WorkflowFunctions) }.SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null)
            .Select(method => (
                method.GetCustomAttribute<FunctionAttribute>()!.Name,
                method.GetParameters().Select(one => one.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>().Single()))
            .OrderBy(one => one.Name, StringComparer.Ordinal),
    ];

    [Fact]
    public void Every_route_of_the_table_has_a_trigger()
    {
        HashSet<string> routes = [.. Triggers.Select(one => $"/api/{one.Trigger.Route}")];
        Assert.All(ObjectRoutes.All, route => Assert.Contains(route.Pattern, routes));
        Assert.Equal(ObjectRoutes.All.Select(route => route.Pattern).Distinct().Count() + 1, routes.Count);
    }

    [Fact]
    public void The_platform_asks_for_a_key_on_every_route_that_asks_for_a_caller()
    {
        foreach ((string name, HttpTriggerAttribute trigger) in Triggers)
        {
            bool isPublic = ObjectRoutes.All.Where(route => route.Pattern == $"/api/{trigger.Route}")
                .All(route => route.Access == Access.Public);
            Assert.True(
                trigger.AuthLevel == (isPublic ? AuthorizationLevel.Anonymous : AuthorizationLevel.Function),
                $"{name} is {trigger.AuthLevel}.");
            // The methods are told apart behind it, so that all others are answered as on every host.
            Assert.Null(trigger.Methods);
        }
    }

    /// <summary>The Functions host tries routes in the order of the functions' names, the more general ones included.</summary>
    [Fact]
    public void A_function_whose_route_would_take_anothers_requests_comes_behind_it_by_name()
    {
        for (int i = 0; i < Triggers.Count; i++)
        {
            for (int j = i + 1; j < Triggers.Count; j++)
            {
                string later = Example(Triggers[j].Trigger.Route!);
                Assert.False(
                    new TemplateMatcher(TemplateParser.Parse(Triggers[i].Trigger.Route!), []).TryMatch(later, []),
                    $"{Triggers[i].Name} takes '{later}' from {Triggers[j].Name}.");
            }
        }
    }

    /// <summary>A path of a route: the one that says least, so that whatever takes it takes the route.</summary>
    private static string Example(string route) =>
        "/" + string.Join('/', route.Split('/').Select(segment => segment.StartsWith('{') ? $"a-{segment.Trim('{', '}', '*')}" : segment));
}
