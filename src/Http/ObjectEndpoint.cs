using System.Text.Json;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>An object as a whole: its making, what is known of it, its end, and what its administrator decides.</summary>
internal sealed class ObjectEndpoint(IObjectHost host)
{
    private const string Purge = "purge";
    private const string Drop = "drop";

    public Task<IResult> CreateAsync(HttpRequest request, string className)
    {
        host.PublicClass(className);
        string id = ObjectId.Unique(className).ToString();
        string collection = $"{request.PathBase.ToUriComponent()}{request.Path.ToUriComponent()}".TrimEnd('/');
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new Created(id), ObjectJson.Options);
        return Task.FromResult<IResult>(
            new AnswerResult(201, json) { Location = $"{collection}/{ObjectAddress.IdPrefix}{id}" });
    }

    public async Task<IResult> DescribeAsync(
        HttpRequest request, string className, string key, Caller caller, CancellationToken cancellation)
    {
        ObjectEntry entry = await FindAsync(request.Address(host, className, key), cancellation);
        InspectTurn turn = new() { Caller = caller, TraceParent = request.TraceParent() };
        Answer answer = await host.RunAsync(entry.Address, turn, cancellation);
        ObjectDetails details = JsonSerializer.Deserialize<ObjectDetails>(answer.OrThrow().Json.Span, ObjectJson.Options)!;
        ObjectSummary summary = entry.Summary;
        Description description = new(
            entry.Address.Id.ToString(), entry.Address.Name, className, summary.Head.ToString(), summary.Version, summary.Alarm,
            details.DatabaseBytes, summary.Sockets, summary.Outbox, summary.Parked, details.Parked, details.AlarmError,
            details.RestoreError, details.ReturnedError, entry.LastActive);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(description, ObjectJson.Options);
        return new AnswerResult(200, json) { Version = summary.Version };
    }

    public async Task<IResult> DeleteAsync(
        HttpRequest request, string className, string key, Caller caller, CancellationToken cancellation)
    {
        ObjectAddress address = request.Address(host, className, key);
        EntityTag? ifMatch = request.IfMatch();
        if (!request.Flag(Purge))
        {
            DeleteTurn turn = new() { Caller = caller, IfMatch = ifMatch, TraceParent = request.TraceParent() };
            return AnswerResult.Of(await host.RunAsync(address, turn, cancellation), status: 204);
        }
        if (ifMatch is not null)
        {
            throw ObjectRequests.Invalid("If-Match does not go with purge=true, which is no turn of the object and cannot heed it.");
        }
        await host.PurgeAsync(address, cancellation);
        return new AnswerResult(204);
    }

    public async Task<IResult> ParkedSignalsAsync(
        HttpRequest request, string className, string key, Caller caller, CancellationToken cancellation)
    {
        ObjectAddress address = request.Address(host, className, key);
        ParkedSignalsTurn turn = new(request.Flag(Drop))
        {
            Caller = caller,
            IfMatch = request.IfMatch(),
            TraceParent = request.TraceParent(),
        };
        ObjectEntry entry = await FindAsync(address, cancellation);
        return AnswerResult.Of(await host.RunAsync(entry.Address, turn, cancellation), status: 204);
    }

    private async Task<ObjectEntry> FindAsync(ObjectAddress address, CancellationToken cancellation) =>
        await host.FindAsync(address, cancellation)
        ?? throw new DurableObjectException(404, ErrorCodes.UnknownObject, $"The object {address} does not exist.");

    private sealed record Created(string Id);

    private sealed record Description(
        string Id, string? Name, string Class, string Head, long Version, DateTimeOffset? Alarm, long DatabaseSize, int Sockets,
        int Outbox, int Parked, IReadOnlyList<ParkedSignal> ParkedSignals, string? AlarmError, string? RestoreError, string? ReturnedError,
        DateTimeOffset? LastActive);
}
