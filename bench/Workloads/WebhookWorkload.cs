using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>
/// Signed webhooks (Standard Webhooks) of many customers: verified, stored once by their id, and answered. On our side a workflow then delivers
/// each, and does so meanwhile; the peer only stores them.
/// </summary>
internal sealed class WebhookWorkload(BenchOptions options) : Workload(options)
{
    /// <summary>Prepared requests, so that signing them is no part of the measurement.</summary>
    private const int Prepared = 100_003;

    private const int Sampled = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly byte[] Secret = SHA256.HashData("the bench's"u8);

    private int _measurements;

    public override string Name => "webhooks";

    public override string Title =>
        string.Create(CultureInfo.InvariantCulture, $"signed webhooks taken, {Options.Objects:N0} customers");

    public override string Unit => "/s";

    public override string Peer => "workerd, by hand";

    /// <summary>The secret as the host's settings want it.</summary>
    public static string SecretText => $"whsec_{Convert.ToBase64String(Secret)}";

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        await MeasureAsync(side, other);
        return null;
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        int measurement = ++_measurements;
        int count = Options.IsShort ? Prepared / 20 : Prepared;
        byte[][] requests = [.. Enumerable.Range(0, count).AsParallel().AsOrdered().Select(n => Request(measurement, n))];
        LoadResult load = await LoadAsync(side, other, n => requests[n % count]);
        Figure figure = Figure.Of(load);
        for (int i = 0; i < Sampled && load.Errors == 0; i++)
        {
            int n = (int)((long)i * Math.Min(load.Acknowledged, count) / Sampled);
            HttpReply reply = await side.TrySendAsync(Requests.Get($"{PathOf(n)}/deliveries/{IdOf(measurement, n)}"));
            figure = figure.Check(reply.IsSuccess, () => $"{IdOf(measurement, n)} was acknowledged and is not there: {reply.Status}.");
        }
        return side.IsEmbedded ? await DrainedAsync(side, figure) : figure;
    }

    private string PathOf(int n) => string.Create(CultureInfo.InvariantCulture, $"/api/webhooks/bench/customer-{n % Options.Objects}");

    private static string IdOf(int measurement, int n) => string.Create(CultureInfo.InvariantCulture, $"msg-{measurement}-{n}");

    /// <summary>Waits until what was taken is delivered, which would be in the way of what is measured next.</summary>
    private async Task<Figure> DrainedAsync(Side side, Figure figure)
    {
        using CancellationTokenSource timeout = new(Patience);
        for (int customer = 0; customer < Options.Objects; customer++)
        {
            while (!await IsEmptyAsync(side, customer))
            {
                if (timeout.IsCancellationRequested)
                {
                    return figure.Check(false, () => $"What was taken was not delivered within {Patience.TotalSeconds:0} s.");
                }
                await Task.Delay(50);
            }
        }
        return figure;
    }

    private async Task<bool> IsEmptyAsync(Side side, int customer)
    {
        HttpReply reply = await side.TrySendAsync(Requests.Get($"{PathOf(customer)}/status"));
        // A customer of whom nothing came has no queue.
        return !reply.IsSuccess || JsonSerializer.Deserialize<Status>(reply.Body.Span, JsonSerializerOptions.Web) is { Waiting: 0, Running: null };
    }

    private byte[] Request(int measurement, int n)
    {
        string id = IdOf(measurement, n);
        string time = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string body = string.Create(
            CultureInfo.InvariantCulture, $$"""{"type":"order.paid","data":{"id":"{{id}}","amount":{{n}},"currency":"usd" } }""");
        string signature = Convert.ToBase64String(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes($"{id}.{time}.{body}")));
        return Encoding.UTF8.GetBytes(
            $"POST {PathOf(n)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nwebhook-id: {id}\r\n"
            + $"webhook-timestamp: {time}\r\nwebhook-signature: v1,{signature}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    private sealed record Status(int Waiting, string? Running);
}
