using System.Text.Json;
using DurableObjects.Hosting;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>Recovery points of an object and its return to an earlier moment.</summary>
internal sealed class RecoveryEndpoint(IObjectHost host, RequestBody bodies)
{
    private const string Shape =
        "The body must be an object with exactly one of 'bookmark' (text), 'time' (ISO 8601 with an offset) and 'label' (text)";

    private readonly ObjectRecovery _recovery = new(host);

    public async Task<IResult> ListAsync(
        HttpRequest request, string className, string key, Caller caller, CancellationToken cancellation) =>
        AnswerResult.Json(200, await _recovery.ListAsync(request.Address(host, className, key), caller, cancellation));

    public async Task<IResult> CreateAsync(
        HttpRequest request, string className, string key, Caller caller, CancellationToken cancellation)
    {
        ObjectAddress address = request.Address(host, className, key);
        NewPoint? body = await ReadAsync<NewPoint>(request, "The body must be an object with 'label' (text)", cancellation);
        string label = body?.Label ?? throw ObjectRequests.Invalid("The body must be an object with 'label' (text); it has none.");
        return AnswerResult.Json(201, await _recovery.CreateAsync(address, label, caller, cancellation));
    }

    public async Task<IResult> RestoreAsync(
        HttpRequest request, string className, string key, Caller caller, CancellationToken cancellation)
    {
        ObjectAddress address = request.Address(host, className, key);
        Target target = await ReadAsync<Target>(request, Shape, cancellation) ?? new Target(null, null, null);
        return AnswerResult.Json(200, target switch
        {
            { Bookmark: { } bookmark, Time: null, Label: null } =>
                await _recovery.RestoreAsync(address, bookmark, caller, cancellation),
            { Bookmark: null, Time: { } time, Label: null } =>
                await _recovery.RestoreAsync(address, time, caller, cancellation),
            { Bookmark: null, Time: null, Label: { } label } =>
                await _recovery.RestoreToLabelAsync(address, label, caller, cancellation),
            _ => throw ObjectRequests.Invalid($"{Shape}."),
        });
    }

    private async Task<T?> ReadAsync<T>(HttpRequest request, string shape, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> body = await bodies.ReadJsonAsync(request, cancellation);
        try
        {
            return body.IsEmpty ? default : JsonSerializer.Deserialize<T>(body.Span, ObjectJson.Options);
        }
        catch (JsonException error)
        {
            throw ObjectRequests.Invalid($"{shape}: {error.Message}", error);
        }
    }

    private sealed record NewPoint(string? Label);

    private sealed record Target(string? Bookmark, DateTimeOffset? Time, string? Label);
}
