using System.Text.RegularExpressions;
using DurableObjects.Webhooks.Signatures;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Webhooks;

/// <summary>
/// The sources of webhooks, from the configuration under <c>Webhooks:Sources:{source}</c>; in the environment a double underscore
/// stands for each colon, as in <c>Webhooks__Sources__polar__Scheme</c> and <c>Webhooks__Sources__polar__Secrets__0</c>. What a
/// setting means stands at <see cref="WebhookSource"/>, and what a secret looks like at <see cref="StandardWebhooksScheme"/>,
/// <see cref="StripeScheme"/> and <see cref="GitHubScheme"/>.
/// <list type="bullet">
/// <item><c>Scheme</c>: <c>standard-webhooks</c>, <c>stripe</c> or <c>github</c>.</item>
/// <item><c>Secrets:0</c>, <c>Secrets:1</c> …: 1 to <see cref="WebhookLimits.SecretsPerSource"/>.</item>
/// <item>Optional: <c>ForwardTo</c>, an http or https URL; <c>MaxAttempts</c>, <c>FirstDelay</c>, <c>MaxDelay</c>, <c>Factor</c>,
/// <c>Jitter</c>, <c>AttemptTimeout</c>; <c>OnDeadLetter</c>, <c>continue</c> or <c>stop</c>; <c>MaxWaiting</c>, <c>Retention</c>.
/// Times are written <c>hh:mm:ss</c>, with days and a full stop before it where needed. One that is empty is as if it were not
/// there.</item>
/// </list>
/// </summary>
public sealed partial class WebhookSources
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Webhooks:Sources";

    /// <summary>A queue's name begins with its source's, and what begins with this is taken for an object's id.</summary>
    private const string ReservedName = "id";

    private static readonly WebhookSource Defaults = new() { Name = "", Scheme = WebhookScheme.All[0], Secrets = [] };

    private static readonly string[] Known =
    [
        nameof(WebhookSource.Scheme), nameof(WebhookSource.Secrets), nameof(WebhookSource.ForwardTo), nameof(WebhookSource.MaxAttempts),
        nameof(WebhookSource.FirstDelay), nameof(WebhookSource.MaxDelay), nameof(WebhookSource.Factor), nameof(WebhookSource.Jitter),
        nameof(WebhookSource.AttemptTimeout), nameof(WebhookSource.OnDeadLetter), nameof(WebhookSource.MaxWaiting),
        nameof(WebhookSource.Retention),
    ];

    private readonly Dictionary<string, WebhookSource> _sources;

    private WebhookSources(IEnumerable<WebhookSource> sources) =>
        _sources = sources.ToDictionary(source => source.Name, StringComparer.Ordinal);

    /// <summary>Every source, by name.</summary>
    public IReadOnlyCollection<WebhookSource> All => _sources.Values;

    /// <summary>Reads and checks all of them, so that a mistake is seen at the start and not with the first webhook.</summary>
    /// <exception cref="InvalidOperationException">
    /// A setting is not what it can be. The message names its key, its value unless that is a secret, and what it can be.
    /// </exception>
    public static WebhookSources From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new WebhookSources(
            configuration.GetSection(Section).GetChildren().Select(Read).OrderBy(source => source.Name, StringComparer.Ordinal));
    }

    /// <summary>The source of that name, exactly; null if there is none.</summary>
    public WebhookSource? Find(string? name) => name is null ? null : _sources.GetValueOrDefault(name);

    private static WebhookSource Read(IConfigurationSection section)
    {
        if (section.Key.Length > WebhookLimits.SourceNameCharacters || section.Key == ReservedName || !KebabCase().IsMatch(section.Key))
        {
            throw new InvalidOperationException(
                $"{section.Path}: '{section.Key}' is no name for a source: lower-case letters, digits and single hyphens, starting with "
                + $"a letter, {WebhookLimits.SourceNameCharacters} characters at most, and not '{ReservedName}'.");
        }
        if (section.GetChildren().FirstOrDefault(child => !Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new InvalidOperationException($"{unknown.Path} is no setting of a source; those are {string.Join(", ", Known)}.");
        }
        SourceSettings settings = new(section);
        WebhookScheme scheme = settings.Scheme(nameof(WebhookSource.Scheme));
        TimeSpan maxDelay = settings.Time(nameof(WebhookSource.MaxDelay), Defaults.MaxDelay, WebhookLimits.MaxDelay);
        return new WebhookSource
        {
            Name = section.Key,
            Scheme = scheme,
            Secrets = settings.Secrets(nameof(WebhookSource.Secrets), scheme),
            ForwardTo = settings.Url(nameof(WebhookSource.ForwardTo)),
            MaxAttempts = settings.Whole(nameof(WebhookSource.MaxAttempts), Defaults.MaxAttempts, WebhookLimits.MaxAttempts),
            FirstDelay = settings.Time(nameof(WebhookSource.FirstDelay), Defaults.FirstDelay, maxDelay),
            MaxDelay = maxDelay,
            Factor = settings.Number(nameof(WebhookSource.Factor), Defaults.Factor, 1, WebhookLimits.MaxFactor),
            Jitter = settings.Number(nameof(WebhookSource.Jitter), Defaults.Jitter, 0, 1),
            AttemptTimeout = settings.Time(
                nameof(WebhookSource.AttemptTimeout), Defaults.AttemptTimeout, WebhookLimits.MaxAttemptTimeout),
            OnDeadLetter = settings.DeadLetters(nameof(WebhookSource.OnDeadLetter), Defaults.OnDeadLetter),
            MaxWaiting = settings.Whole(nameof(WebhookSource.MaxWaiting), Defaults.MaxWaiting, WebhookLimits.MaxWaiting),
            Retention = settings.Time(nameof(WebhookSource.Retention), Defaults.Retention, WebhookLimits.MaxRetention),
        };
    }

    [GeneratedRegex(@"^[a-z][a-z0-9]*(-[a-z0-9]+)*\z")]
    private static partial Regex KebabCase();
}
