using System.Text.RegularExpressions;
using DurableObjects.Breakers;
using DurableObjects.Webhooks;
using DurableObjects.Workflows;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Entities;

/// <summary>
/// The agents that plans may name, from the section <c>Agents</c> of the configuration: for each <c>Url</c>, an http or https address, or
/// <c>Activity</c>, the published name of an <see cref="Agent"/>; and optionally <c>Headers:{name}</c>, <c>MaxConcurrency</c>,
/// <c>Timeout</c>, <c>MaxAttempts</c>, <c>FirstDelay</c>, <c>MaxDelay</c>, <c>Factor</c>, <c>Jitter</c>, <c>FailureRatio</c>,
/// <c>MinimumThroughput</c>, <c>SamplingDuration</c>, <c>BreakDuration</c>. Only the operator says where a host sends requests: a plan
/// cannot.
/// </summary>
public sealed partial class Agents
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Agents";

    /// <summary>The most tasks of one agent at once. Ours: past it an orchestrator for each customer serves better.</summary>
    public const int MostConcurrency = 100;

    /// <summary>The most attempts.</summary>
    public const int MostAttempts = 100;

    private const double MaxFactor = 100;

    /// <summary>The longest delay between attempts, in which the task keeps its place. Ours: an hour.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    private static readonly AgentSettings Defaults = new() { Name = "" };

    private static readonly string[] Known =
    [
        nameof(AgentSettings.Url), nameof(AgentSettings.Activity), nameof(AgentSettings.Headers), nameof(AgentSettings.MaxConcurrency),
        nameof(AgentSettings.Timeout), nameof(RetryPolicy.MaxAttempts), nameof(RetryPolicy.FirstDelay), nameof(RetryPolicy.MaxDelay),
        nameof(RetryPolicy.Factor), nameof(RetryPolicy.Jitter), nameof(CircuitBreakerOptions.FailureRatio),
        nameof(CircuitBreakerOptions.MinimumThroughput), nameof(CircuitBreakerOptions.SamplingDuration),
        nameof(CircuitBreakerOptions.BreakDuration),
    ];

    private readonly Dictionary<string, AgentSettings> _agents;

    /// <summary>The agents given.</summary>
    public Agents(IEnumerable<AgentSettings> agents) => _agents = agents.ToDictionary(agent => agent.Name, StringComparer.Ordinal);

    /// <summary>Their names, in order.</summary>
    public IEnumerable<string> Names => _agents.Keys.Order(StringComparer.Ordinal);

    /// <summary>Reads and checks all of them, so that a mistake is seen at the start and not with the first task.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="workflows">The activities there are.</param>
    /// <exception cref="InvalidOperationException">
    /// A setting is not what it can be. The message names its key, its value unless that may be a secret, and what it can be.
    /// </exception>
    public static Agents From(IConfiguration configuration, WorkflowClasses workflows)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(workflows);
        return new Agents([.. configuration.GetSection(Section).GetChildren().Select(section => Read(section, workflows))]);
    }

    /// <summary>The agent of that name, exactly; null if there is none.</summary>
    public AgentSettings? Find(string name) => _agents.GetValueOrDefault(name);

    private static AgentSettings Read(IConfigurationSection section, WorkflowClasses workflows)
    {
        if (section.Key.Length > Limits.ClassNameCharacters || !KebabCase().IsMatch(section.Key))
        {
            throw new InvalidOperationException(
                $"{section.Path}: '{section.Key}' is no name for an agent: lower-case letters, digits and single hyphens, starting with a "
                + $"letter, {Limits.ClassNameCharacters} characters at most.");
        }
        if (section.GetChildren().FirstOrDefault(child => !Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new InvalidOperationException($"{unknown.Path} is no setting of an agent; those are {string.Join(", ", Known)}.");
        }
        SourceSettings settings = new(section);
        Uri? url = settings.Url(nameof(AgentSettings.Url));
        string? activity = section[nameof(AgentSettings.Activity)] is { Length: > 0 } name ? name : null;
        if (url is null == activity is null)
        {
            throw new InvalidOperationException($"{section.Path} must have a Url or an Activity, and not both.");
        }
        if (activity is not null && !workflows.Activities.Contains(activity, StringComparer.Ordinal))
        {
            throw new InvalidOperationException(
                $"{section.Path}:Activity is '{activity}'; it can be {string.Join(", ", workflows.Activities)}.");
        }
        RetryPolicy retry = Defaults.Retry;
        CircuitBreakerOptions breaker = Defaults.Breaker;
        TimeSpan maxDelay = settings.Time(nameof(RetryPolicy.MaxDelay), retry.MaxDelay, LongestDelay);
        return new AgentSettings
        {
            Name = section.Key,
            Url = url,
            Activity = activity,
            Headers = [.. section.GetSection(nameof(AgentSettings.Headers)).GetChildren().Select(Header)],
            MaxConcurrency = settings.Whole(nameof(AgentSettings.MaxConcurrency), Defaults.MaxConcurrency, MostConcurrency),
            Timeout = settings.Time(nameof(AgentSettings.Timeout), Defaults.Timeout, Limits.ActivityTimeout),
            Retry = new RetryPolicy
            {
                MaxAttempts = settings.Whole(nameof(RetryPolicy.MaxAttempts), retry.MaxAttempts, MostAttempts),
                FirstDelay = settings.Time(nameof(RetryPolicy.FirstDelay), retry.FirstDelay, maxDelay),
                MaxDelay = maxDelay,
                Factor = settings.Number(nameof(RetryPolicy.Factor), retry.Factor, 1, MaxFactor),
                Jitter = settings.Number(nameof(RetryPolicy.Jitter), retry.Jitter, 0, 1),
            },
            Breaker = Checked(section, new CircuitBreakerOptions
            {
                FailureRatio = settings.Number(nameof(CircuitBreakerOptions.FailureRatio), breaker.FailureRatio, 0, 1),
                MinimumThroughput = settings.Whole(
                    nameof(CircuitBreakerOptions.MinimumThroughput), breaker.MinimumThroughput, int.MaxValue),
                SamplingDuration = settings.Time(
                    nameof(CircuitBreakerOptions.SamplingDuration), breaker.SamplingDuration, CircuitBreakerOptions.LongestDuration),
                BreakDuration = settings.Time(
                    nameof(CircuitBreakerOptions.BreakDuration), breaker.BreakDuration, CircuitBreakerOptions.LongestDuration),
            }),
        };
    }

    private static KeyValuePair<string, string> Header(IConfigurationSection header)
    {
        using HttpRequestMessage probe = new();
        try
        {
            probe.Headers.Add(header.Key, header.Value ?? "");
            return new KeyValuePair<string, string>(header.Key, header.Value ?? "");
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException or ArgumentException)
        {
            // Without the value, which may be a key.
            throw new InvalidOperationException($"{header.Path} is no header of a request, or its value cannot be one.");
        }
    }

    private static CircuitBreakerOptions Checked(IConfigurationSection section, CircuitBreakerOptions options)
    {
        try
        {
            options.Validate();
            return options;
        }
        catch (DurableObjectException error)
        {
            throw new InvalidOperationException($"{section.Path}: {error.Message}", error);
        }
    }

    [GeneratedRegex(@"^[a-z][a-z0-9]*(-[a-z0-9]+)*\z")]
    private static partial Regex KebabCase();
}
