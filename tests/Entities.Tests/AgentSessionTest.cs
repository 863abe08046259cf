using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

/// <summary>A session of one user, with what its tests share.</summary>
public abstract class AgentSessionTest : IAsyncLifetime
{
    private int _said;

    protected AgentSessionTest() => Host = HostOf(typeof(SummarizeConversation), typeof(ConversationDigest), typeof(OwnSummary));

    protected static DateTimeOffset Start => FakeClock.DefaultStart;

    protected Summaries Summaries { get; } = new();

    protected TestHost Host { get; }

    protected IAgentSession Session => Host.Objects.Get<IAgentSession>("ada");

    protected ObjectAddress Address => Host.Address<IAgentSession>("ada");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Host.DisposeAsync();

    protected static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, ObjectJson.Options);

    protected static JsonElement Nested(int levels) =>
        JsonSerializer.Deserialize<JsonElement>(new string('[', levels) + new string(']', levels));

    protected static JsonElement Parse(SocketReceipt receipt) => JsonSerializer.Deserialize<JsonElement>(receipt.Arguments)[0];

    protected TestHost HostOf(params Type[] workflows) => new(
        [typeof(AgentSession)], services => services.AddSingleton(Summaries), workflows: workflows);

    protected Task<TestSocket> ConnectAsync(string tab) => Host.ConnectAsync(Address, new Dictionary<string, string> { ["tab"] = tab });

    protected async Task SayAsync(int count, long tokens = 1)
    {
        for (int i = 0; i < count; i++)
        {
            await Session.Append(SessionRole.User, Json($"m{++_said}"), tokens: tokens);
        }
    }
}

/// <summary>How <see cref="OwnSummary"/> goes, and what it did.</summary>
public sealed class Summaries
{
    public List<string> Made { get; } = [];

    public int Attempts { get; set; }

    public string? Error { get; set; }

    public string? Text { get; set; }
}

/// <summary>An application's own activity in the place of the default.</summary>
[Activity(ConversationDigest.Name)]
public sealed class OwnSummary(Summaries summaries) : Activity<SummaryRequest, ConversationSummary>
{
    protected override Task<ConversationSummary> RunAsync(ActivityContext context, SummaryRequest input)
    {
        ArgumentNullException.ThrowIfNull(input);
        summaries.Attempts++;
        if (summaries.Error is { } error)
        {
            throw new InvalidOperationException(error);
        }
        string said = string.Join(' ', input.Messages.Select(one => one.Content!.Value.GetString()));
        summaries.Made.Add(input.Earlier is null ? said : $"[{input.Earlier}] {said}");
        return Task.FromResult(new ConversationSummary(summaries.Text ?? summaries.Made[^1]));
    }
}
