using System.Globalization;
using DurableObjects.Diagnostics;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Http;

/// <summary>What several endpoints read of a request.</summary>
internal static class ObjectRequests
{
    private const string IdempotencyHeader = "Idempotency-Key";

    /// <summary>The object that a route means, once its class is known to exist.</summary>
    /// <exception cref="DurableObjectException">Class or id is unknown (404), the key malformed (400).</exception>
    public static ObjectAddress Address(this HttpRequest request, IObjectHost host, string className, string key)
    {
        host.PublicClass(className);
        return ObjectAddress.OfKey(className, RawPath.Key(request, className, key));
    }

    /// <summary>A class whose objects can be reached from outside.</summary>
    /// <exception cref="DurableObjectException">There is none of that name (404).</exception>
    public static ObjectClass PublicClass(this IObjectHost host, string className) =>
        host.Classes.TryGet(className, out ObjectClass? found) && found is { IsRuntime: false }
            ? found
            : throw new DurableObjectException(404, ErrorCodes.UnknownClass, $"There is no object class '{className}'.");

    public static string? IdempotencyKey(this HttpRequest request) =>
        request.Headers.TryGetValue(IdempotencyHeader, out StringValues key) ? key.ToString() : null;

    /// <summary>The span that the request's turn is a part of: the request's own if anybody hears of that, else the client's.</summary>
    public static string? TraceParent(this HttpRequest request)
    {
        if (TraceContext.Current is { } own)
        {
            return own;
        }
        string? given = request.Headers.TraceParent;
        // It waits in memory with the turn, so nothing longer is kept; what it says is looked at when the turn begins.
        return given?.Length == TraceContext.TraceParentLength ? given : null;
    }

    public static EntityTag? IfMatch(this HttpRequest request) =>
        request.Headers.IfMatch is { Count: > 0 } tags ? EntityTag.Parse(tags.ToString()) : null;

    /// <summary>A parameter of the query that is <c>true</c> or <c>false</c>; false if it is not there.</summary>
    public static bool Flag(this HttpRequest request, string name)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue(name, out StringValues value))
        {
            return false;
        }
        return bool.TryParse(value, out bool flag)
            ? flag
            : throw Invalid($"The query's '{name}' must be true or false; it is '{value}'.");
    }

    /// <summary>A parameter of the query that is a whole number; another one if it is not there.</summary>
    public static int Number(this HttpRequest request, string name, int otherwise, int least, int most)
    {
        StringValues text = request.Query[name];
        if (text.Count == 0)
        {
            return otherwise;
        }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw Invalid($"The query's '{name}' must be {least} to {most}; it is '{text}'.");
    }

    public static DurableObjectException Invalid(string message, Exception? inner = null) =>
        new(400, ErrorCodes.InvalidArgument, message, inner);
}
