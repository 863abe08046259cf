using System.Net;
using DurableObjects.Harness;

namespace DurableObjects.Webhooks.Tests.Queue;

/// <summary>Where webhooks are forwarded to: it notes what comes, and answers as it is told.</summary>
internal sealed class Target : HttpMessageHandler
{
    public List<Arrival> Arrivals { get; } = [];

    /// <summary>What it answers the next requests; then <see cref="Otherwise"/>.</summary>
    public Queue<Func<HttpResponseMessage>> Answers { get; } = new();

    public Func<Arrival, HttpResponseMessage> Otherwise { get; set; } = _ => new HttpResponseMessage(HttpStatusCode.OK);

    public FakeClock Clock { get; set; } = null!;

    public void Fail(int times, HttpStatusCode status = HttpStatusCode.InternalServerError)
    {
        for (int i = 0; i < times; i++)
        {
            Answers.Enqueue(() => new HttpResponseMessage(status) { Content = new StringContent("no") });
        }
    }

    /// <summary>The ids in the order in which they came.</summary>
    public IEnumerable<string> Ids => Arrivals.Select(one => one.Id);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Dictionary<string, string> headers = request.Headers.Concat(request.Content!.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        Arrival arrival = new(
            request.RequestUri!, headers, await request.Content.ReadAsByteArrayAsync(CancellationToken.None), Clock.GetUtcNow());
        Arrivals.Add(arrival);
        HttpResponseMessage response = Answers.TryDequeue(out Func<HttpResponseMessage>? answer) ? answer() : Otherwise(arrival);
        cancellationToken.ThrowIfCancellationRequested();
        return response;
    }
}

internal sealed record Arrival(Uri Url, IReadOnlyDictionary<string, string> Headers, byte[] Body, DateTimeOffset At)
{
    public string Id => Headers["X-Webhook-Delivery"];

    public string Key => Uri.UnescapeDataString(Headers["X-Webhook-Key"]);

    public int Attempt => int.Parse(Headers["X-Webhook-Attempt"], System.Globalization.CultureInfo.InvariantCulture);
}
