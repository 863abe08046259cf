using DurableObjects.Workflows;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Entities.Tests;

public sealed class AgentsTests
{
    [Fact]
    public void An_agent_has_a_URL_and_defaults()
    {
        AgentSettings agent = Read(("writer:Url", "https://example.com/w"), ("writer:Headers:Authorization", "Bearer k")).Find("writer")!;
        Assert.Equal(("https://example.com/w", null, 4), (agent.Url!.ToString(), agent.Activity, agent.MaxConcurrency));
        Assert.Equal((TimeSpan.FromMinutes(1), 3), (agent.Timeout, agent.Retry.MaxAttempts));
        Assert.Equal(new KeyValuePair<string, string>("Authorization", "Bearer k"), Assert.Single(agent.Headers));
    }

    [Fact]
    public void Or_an_activity_and_settings()
    {
        AgentSettings agent = Read(
            ("own:Activity", "echo"), ("own:MaxConcurrency", "7"), ("own:Timeout", "00:30:00"), ("own:MaxAttempts", "9"),
            ("own:FirstDelay", "00:00:02"), ("own:MaxDelay", "00:00:05"), ("own:Factor", "3"), ("own:Jitter", "0"),
            ("own:FailureRatio", "0.9"), ("own:MinimumThroughput", "2"), ("own:SamplingDuration", "00:00:10"),
            ("own:BreakDuration", "00:00:20")).Find("own")!;
        Assert.Equal(("echo", 7, TimeSpan.FromMinutes(30)), (agent.Activity, agent.MaxConcurrency, agent.Timeout));
        Assert.Equal(
            new RetryPolicy
            {
                MaxAttempts = 9,
                FirstDelay = TimeSpan.FromSeconds(2),
                MaxDelay = TimeSpan.FromSeconds(5),
                Factor = 3,
                Jitter = 0,
                DoNotRetry = agent.Retry.DoNotRetry,
            },
            agent.Retry);
        Assert.Equal((0.9, 2, 10, 20), (
            agent.Breaker.FailureRatio, agent.Breaker.MinimumThroughput, agent.Breaker.SamplingDuration.TotalSeconds,
            agent.Breaker.BreakDuration.TotalSeconds));
    }

    [Theory]
    [InlineData("Writer:Url", "https://x", "Agents:Writer")]
    [InlineData("w:Other", "x", "Agents:w:Other")]
    [InlineData("w:MaxConcurrency", "1", "Url or an Activity")]
    [InlineData("w:Url", "ftp://x", "Agents:w:Url")]
    [InlineData("w:Url", "https://ann:secret@x/", "Agents:w:Url")]
    [InlineData("w:Activity", "nothing", "Agents:w:Activity")]
    public void A_mistake_names_its_key(string key, string value, string named) => Mistake(named, (key, value));

    [Theory]
    [InlineData("MaxConcurrency", "0")]
    [InlineData("MaxConcurrency", "101")]
    [InlineData("Timeout", "00:30:01")]
    [InlineData("Timeout", "60")]
    [InlineData("MaxAttempts", "101")]
    [InlineData("MaxDelay", "01:00:01")]
    [InlineData("FirstDelay", "00:02:00")]
    [InlineData("Factor", "0.5")]
    [InlineData("Jitter", "1.1")]
    [InlineData("Headers:Content-Type", "text/plain")]
    [InlineData("Headers:X", "a secret\r\nof mine")]
    public void A_setting_out_of_bounds_is_named(string name, string value) =>
        Mistake($"Agents:w:{name}", ("w:Url", "https://example.com"), ($"w:{name}", value));

    [Theory]
    [InlineData("FailureRatio", "0", "'failureRatio'")]
    [InlineData("MinimumThroughput", "1", "'minimumThroughput'")]
    [InlineData("BreakDuration", "00:00:00.1", "'breakDuration'")]
    public void A_circuit_breakers_setting_out_of_bounds_is_named(string name, string value, string named) =>
        Mistake(named, ("w:Url", "https://example.com"), ($"w:{name}", value));

    private static Agents Read(params (string Key, string Value)[] settings) => Agents.From(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(one => $"Agents:{one.Key}", one => (string?)one.Value))
            .Build(),
        new WorkflowClasses([typeof(Echo)]));

    private static void Mistake(string named, params (string Key, string Value)[] settings)
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Read(settings));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }
}
