using System.Text;

namespace DurableObjects.Bench.Net;

/// <summary>What a server answered.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The body, decoded if it came in chunks. Good until the connection's next request.</param>
internal readonly record struct HttpReply(int Status, ReadOnlyMemory<byte> Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>Itself, if it is a success.</summary>
    /// <exception cref="BenchException">It is none.</exception>
    public HttpReply OrThrow(string what) => IsSuccess ? this : throw new BenchException($"{what}: {Status} {Text}");
}
