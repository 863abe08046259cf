using System.Net;
using System.Text;
using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

/// <summary>Agents for tests: what they were asked, and how they answer.</summary>
public sealed class AgentCrew : HttpMessageHandler, IHttpClientFactory
{
    /// <summary>Requests in order.</summary>
    public List<AgentRequest> Asked { get; } = [];

    public List<HttpRequestMessage> Requests { get; } = [];

    /// <summary>How a request is answered.</summary>
    public Func<AgentRequest, Task<HttpResponseMessage>> Answer { get; set; } = request => Task.FromResult(Json($"did {request.Task}"));

    public static HttpResponseMessage Json<T>(T value, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(JsonSerializer.Serialize(value, ObjectJson.Options), Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Status(int status) => new((HttpStatusCode)status) { Content = new StringContent("") };

    /// <summary>A host with an orchestrator of these agents.</summary>
    public TestHost Host(params IReadOnlyList<AgentSettings> agents) => new(
        [typeof(AgentOrchestrator), typeof(Breakers.CircuitBreaker), typeof(Scheduler)],
        services => services.AddSingleton(new Agents(agents)).AddSingleton<IHttpClientFactory>(this).AddSingleton(this),
        workflows: [typeof(AgentTaskWorkflow), typeof(HttpAgent), typeof(Echo), typeof(NoAgent)]);

    public static AgentSettings ByHttp(string name, int concurrency = 4, int attempts = 3, int seconds = 60) => new()
    {
        Name = name,
        Url = new Uri($"https://agents.example/{name}"),
        Headers = [new KeyValuePair<string, string>("Authorization", $"Bearer {name}")],
        MaxConcurrency = concurrency,
        Timeout = TimeSpan.FromSeconds(seconds),
        Retry = new RetryPolicy
        {
            MaxAttempts = attempts,
            FirstDelay = TimeSpan.FromSeconds(1),
            MaxDelay = TimeSpan.FromSeconds(8),
            Jitter = 0,
        },
    };

    public HttpClient CreateClient(string name)
    {
        Assert.Equal(HttpAgent.ClientName, name);
        return new HttpClient(this, disposeHandler: false);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        AgentRequest asked = JsonSerializer.Deserialize<AgentRequest>(
            await request.Content!.ReadAsStringAsync(cancellationToken), ObjectJson.Options)!;
        Asked.Add(asked);
        Requests.Add(request);
        return await Answer(asked);
    }
}

/// <summary>An agent of an application's own.</summary>
[Activity("echo")]
public sealed class Echo : Agent
{
    protected override Task<JsonElement?> AnswerAsync(ActivityContext context, AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Input?.GetString() == "fail"
            ? throw new InvalidOperationException("as its input says")
            : Task.FromResult<JsonElement?>(JsonSerializer.SerializeToElement(request, ObjectJson.Options));
    }
}

/// <summary>An activity that was configured as an agent and is none.</summary>
[Activity("no-agent")]
public sealed class NoAgent : Activity<JsonElement, string>
{
    protected override Task<string> RunAsync(ActivityContext context, JsonElement input) => Task.FromResult("done");
}
