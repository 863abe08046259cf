namespace Microsoft.DurableTask.Client.Entities;

public record EntityQuery
{
    public const int DefaultPageSize = 100;

    private readonly string? _prefix;

    public string? InstanceIdStartsWith
    {
        get => _prefix;
        init => _prefix = value is null ? _prefix : WithLowerCaseName(value);
    }

    public DateTimeOffset? LastModifiedFrom { get; init; }

    public DateTimeOffset? LastModifiedTo { get; init; }

    public bool IncludeState { get; init; } = true;

    public bool IncludeTransient { get; init; }

    public int? PageSize { get; init; }

    public string? ContinuationToken { get; init; }

    private static string WithLowerCaseName(string prefix)
    {
        string full = prefix.StartsWith('@') ? prefix : "@" + prefix;
        int separator = full.IndexOf('@', 1);
        return separator < 0 ? full.ToLowerInvariant() : full[..separator].ToLowerInvariant() + full[separator..];
    }
}
