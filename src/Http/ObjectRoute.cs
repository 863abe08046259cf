using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>One line of the table of routes.</summary>
/// <param name="Method">The HTTP method, or <see cref="AnyMethod"/>.</param>
/// <param name="Pattern">The path, from the root, with its parameters in braces.</param>
/// <param name="Access">What it asks of its caller.</param>
/// <param name="Handler">Takes the request, with its route values, to its method of <see cref="ObjectEndpoints"/>.</param>
public sealed record ObjectRoute(string Method, string Pattern, Access Access, ObjectRouteHandler Handler)
{
    /// <summary>Stands for every HTTP method.</summary>
    public const string AnyMethod = "*";

    /// <summary>Whether the route takes an HTTP method.</summary>
    public bool Takes(string method) => Method == AnyMethod || Method.Equals(method, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Takes a request to its endpoint.</summary>
public delegate Task<IResult> ObjectRouteHandler(ObjectEndpoints endpoints, HttpRequest request, CancellationToken cancellation);
