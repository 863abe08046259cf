using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>The object that a job signals when it runs.</summary>
/// <param name="Class">The object class, such as <c>counter</c>.</param>
/// <param name="Key">The object's name, or <c>id:</c> and 64 hex digits.</param>
/// <param name="Method">The method.</param>
/// <param name="Arguments">The method's arguments in order; none if left out.</param>
public sealed record JobTarget(string Class, string Key, string Method, IReadOnlyList<JsonElement>? Arguments = null);
