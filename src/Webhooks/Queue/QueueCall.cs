using System.Text.Json;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Webhooks.Queue;

/// <summary>Calls a queue from outside.</summary>
public static class QueueCall
{
    /// <summary>Calls a method, and throws what it threw.</summary>
    /// <param name="host">Has the queue.</param>
    /// <param name="source">Its source.</param>
    /// <param name="key">Its key.</param>
    /// <param name="method">One of the methods of <see cref="IWebhookQueue"/>.</param>
    /// <param name="arguments">Its arguments in order.</param>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static async Task<T> RunAsync<T>(
        IObjectHost host, string source, string key, string method, object?[] arguments, Caller caller, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(host);
        CallTurn turn = new(method, JsonSerializer.SerializeToUtf8Bytes(arguments, ObjectJson.Options)) { Caller = caller };
        Answer answer = (await host.RunAsync(WebhookQueue.AddressOf(source, key), turn, cancellation)).OrThrow();
        return answer.Json.IsEmpty ? default! : JsonSerializer.Deserialize<T>(answer.Json.Span, ObjectJson.Options)!;
    }
}
