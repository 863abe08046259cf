using System.Buffers;
using System.Text.Json;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Http;

/// <summary>Calls methods: by POST with arguments in the body, by GET with arguments in the query, one-way as a signal.</summary>
internal sealed class CallEndpoint(IObjectHost host, RequestBody bodies)
{
    private const string OneWay = "oneway";

    public async Task<IResult> CallAsync(
        HttpRequest request, string className, string key, string method, Caller caller, CancellationToken cancellation)
    {
        ObjectAddress address = request.Address(host, className, key);
        string name = host.Classes.Get(className).Method(method).Name;
        bool isOneWay = request.Flag(OneWay);
        ReadOnlyMemory<byte> arguments = await bodies.ReadJsonAsync(request, cancellation);
        Turn turn = isOneWay ? new SignalTurn(new Signal(address, name, arguments)) : new CallTurn(name, arguments);
        Answer answer = await RunAsync(address, turn, request, caller, cancellation);
        return AnswerResult.Of(answer, isOneWay ? 202 : answer.Json.IsEmpty ? 204 : 200);
    }

    public async Task<IResult> ReadAsync(
        HttpRequest request, string className, string key, string method, Caller caller, CancellationToken cancellation)
    {
        ObjectAddress address = request.Address(host, className, key);
        ObjectMethod known = host.Classes.Get(className).Method(method);
        if (!known.IsReadOnly)
        {
            return ProblemResult.MethodNotAllowed(
                HttpMethods.Post, $"The method '{known.Name}' of '{className}' is not marked read-only; call it by POST.");
        }
        CallTurn turn = new(known.Name, Arguments(request)) { Textual = true };
        Answer answer = await RunAsync(address, turn, request, caller, cancellation);
        return AnswerResult.Of(answer, answer.Json.IsEmpty ? 204 : 200);
    }

    private Task<Answer> RunAsync(
        ObjectAddress address, Turn turn, HttpRequest request, Caller caller, CancellationToken cancellation) =>
        host.RunAsync(
            address,
            turn with
            {
                Caller = caller,
                IdempotencyKey = request.IdempotencyKey(),
                IfMatch = request.IfMatch(),
                TraceParent = request.TraceParent(),
            },
            cancellation);

    /// <summary>The query as a JSON object of texts; a name given twice is an array. The API key is no argument.</summary>
    private static ReadOnlyMemory<byte> Arguments(HttpRequest request)
    {
        if (!request.QueryString.HasValue)
        {
            return default;
        }
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        foreach ((string name, StringValues values) in request.Query)
        {
            if (name.Equals(ApiKeyCallers.QueryParameter, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            json.WritePropertyName(name);
            if (values.Count == 1)
            {
                json.WriteStringValue(values[0]);
                continue;
            }
            json.WriteStartArray();
            foreach (string? value in values)
            {
                json.WriteStringValue(value);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
