using System.Text;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

/// <summary>Calls as HTTP makes them: a method's name and named arguments as JSON, and JSON back.</summary>
internal static class Wire
{
    public static async Task<string> PostAsync(
        this TestHost host, string className, string key, string method, string arguments = "")
    {
        CallTurn call = new(method, Encoding.UTF8.GetBytes(arguments));
        Answer answer = await host.RunAsync(ObjectAddress.OfKey(className, key), call, CancellationToken.None);
        return Encoding.UTF8.GetString(answer.OrThrow().Json.Span);
    }
}
