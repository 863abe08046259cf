namespace DurableObjects.Webhooks.Signatures;

/// <summary>What a signature is checked on: the body exactly as it came, and the headers.</summary>
public sealed class WebhookRequest
{
    private readonly Dictionary<string, List<string>> _headers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A request as it came in.</summary>
    /// <param name="body">The raw bytes. One that was parsed and written again has another signature.</param>
    /// <param name="headers">Each header's name and one value; a header with several values comes once for each of them.</param>
    public WebhookRequest(ReadOnlyMemory<byte> body, IEnumerable<KeyValuePair<string, string>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        Body = body;
        foreach ((string name, string value) in headers)
        {
            if (!_headers.TryGetValue(name, out List<string>? values))
            {
                _headers.Add(name, values = []);
            }
            values.Add(value);
        }
    }

    /// <summary>The raw bytes of the body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The values of a header, its name compared without regard to case; none if it is not there.</summary>
    public IReadOnlyList<string> Header(string name) => _headers.TryGetValue(name, out List<string>? values) ? values : [];

    /// <summary>The one value of a header that a signature needs, or the reason why there is none to rely on.</summary>
    internal bool TryOne(string name, out string value, out string reason)
    {
        IReadOnlyList<string> values = Header(name);
        value = values.Count == 1 ? values[0] : "";
        reason = values.Count switch
        {
            0 => WebhookReasons.HeaderMissing,
            > 1 => WebhookReasons.HeaderRepeated,
            _ => value.Length > WebhookLimits.HeaderCharacters ? WebhookReasons.HeaderTooLong : "",
        };
        return reason.Length == 0;
    }
}
