using System.Globalization;
using DurableObjects.Webhooks.Signatures;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Webhooks;

/// <summary>The settings of one source, each read with the error that it deserves.</summary>
internal sealed class SourceSettings(IConfigurationSection section)
{
    // What a timer can tell apart, and never nothing, which would be no wait at all.
    private static readonly TimeSpan ShortestTime = TimeSpan.FromMilliseconds(1);

    public WebhookScheme Scheme(string name) =>
        WebhookScheme.Find(section[name]) ?? throw Invalid(name, OneOf([.. WebhookScheme.All.Select(scheme => scheme.Name)]));

    public IReadOnlyList<WebhookSecret> Secrets(string name, WebhookScheme scheme)
    {
        IConfigurationSection list = section.GetSection(name);
        if (!string.IsNullOrEmpty(list.Value))
        {
            throw new InvalidOperationException($"{list.Path} is a single value; it is a list, the first secret at {list.Path}:0.");
        }
        IConfigurationSection[] secrets = [.. list.GetChildren()];
        if (secrets.Length is < 1 or > WebhookLimits.SecretsPerSource)
        {
            throw new InvalidOperationException(
                $"{list.Path} has {secrets.Length} secrets; it can have 1 to {WebhookLimits.SecretsPerSource}, "
                + $"the first at {list.Path}:0.");
        }
        return [.. secrets.Select(secret => Secret(secret, scheme))];
    }

    public Uri? Url(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
        {
            throw Invalid(name, "an absolute http or https URL");
        }
        return url.UserInfo.Length == 0
            ? url
            : throw new InvalidOperationException(
                $"{section.Path}:{name} has a user or a password in it; it can be an absolute http or https URL without.");
    }

    public int Whole(string name, int otherwise, int max) =>
        Text(name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 && value <= max ? value
        : throw Invalid(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {max}"));

    public double Number(string name, double otherwise, double min, double max) =>
        Text(name) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value >= min && value <= max ? value
        : throw Invalid(name, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"));

    public TimeSpan Time(string name, TimeSpan otherwise, TimeSpan max)
    {
        string? text = Text(name);
        TimeSpan value = otherwise;
        // A number alone would be taken for days.
        bool isTime = text is null
            || (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value));
        return isTime && value >= ShortestTime && value <= max
            ? value
            : throw Invalid(
                name, $"a time as [days.]hh:mm:ss[.fraction], from {ShortestTime:c} to {max:c}", otherwise.ToString("c"));
    }

    public DeadLetterPolicy DeadLetters(string name, DeadLetterPolicy otherwise) => Text(name) switch
    {
        null => otherwise,
        "continue" => DeadLetterPolicy.Continue,
        "stop" => DeadLetterPolicy.Stop,
        _ => throw Invalid(name, OneOf("continue", "stop")),
    };

    private static WebhookSecret Secret(IConfigurationSection secret, WebhookScheme scheme)
    {
        try
        {
            return scheme.ReadSecret(secret.Value ?? "");
        }
        catch (FormatException error)
        {
            throw new InvalidOperationException($"{secret.Path} is no secret for {scheme.Name}: {error.Message}.", error);
        }
    }

    private static string OneOf(params string[] values) => $"{string.Join(", ", values[..^1])} or {values[^1]}";

    private string? Text(string name) => section[name] is { Length: > 0 } text ? text : null;

    private InvalidOperationException Invalid(string name, string what, string unset = "") =>
        new($"{section.Path}:{name} is '{Shown(Text(name) ?? unset)}'; it can be {what}.");

    /// <summary>The value without what may be a secret in a URL: its user, its query.</summary>
    private static string Shown(string value) => value.Contains('@', StringComparison.Ordinal) ? "…" : value.Split('?')[0];
}
