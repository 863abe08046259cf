namespace DurableObjects.Webhooks.Deliveries;

/// <summary>
/// Says which events a <see cref="WebhookHandler{TPayload}"/> takes: <c>[WebhookHandler("polar", "order.paid", "order.refunded")]</c>.
/// Given several times, it takes those of several sources.
/// </summary>
/// <param name="source">The source's name, as configured.</param>
/// <param name="types">The types, each compared as it is.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class WebhookHandlerAttribute(string source, params string[] types) : Attribute
{
    /// <summary>The source's name.</summary>
    public string Source { get; } = source;

    /// <summary>The types.</summary>
    public IReadOnlyList<string> Types { get; } = types;
}
