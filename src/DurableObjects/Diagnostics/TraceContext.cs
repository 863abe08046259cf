using System.Diagnostics;

namespace DurableObjects.Diagnostics;

/// <summary>The trace that code outside of objects is in, to be carried on by a turn that it asks for.</summary>
public static class TraceContext
{
    /// <summary>Characters of a <c>traceparent</c>: W3C Trace Context, version 00.</summary>
    public const int TraceParentLength = 55;

    /// <summary>
    /// The running span as a <c>traceparent</c>; null if there is none, or one that nobody hears of, as ASP.NET Core makes them for
    /// its logs: it would be a parent that no trace has.
    /// </summary>
    public static string? Current =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity && activity.Source.HasListeners() ? activity.Id : null;
}
