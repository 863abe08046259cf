using DurableObjects.Entities;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Tests.Diagnostics;

/// <summary>The whole host with its web server, and what it exports.</summary>
public sealed class OtlpExportTests : IAsyncLifetime, IDisposable
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string SpanId = "b7ad6b7169203331";

    private readonly string _data = Directory.CreateTempSubdirectory("otlp-tests-").FullName;
    private readonly HttpClient _client = new();
    private OtlpReceiver _receiver = null!;

    public async Task InitializeAsync() => _receiver = await OtlpReceiver.StartAsync();

    public async Task DisposeAsync()
    {
        await _receiver.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Turns_go_out_as_spans_of_their_callers_traces_and_as_metrics_at_the_latest_when_the_host_stops()
    {
        await CallAsync(_receiver.Address);

        Assert.All(_receiver.Received, one => Assert.Equal("application/x-protobuf", one.Type));
        Assert.Equal(["/v1/metrics", "/v1/traces"], _receiver.Received.Select(one => one.Path).Distinct().Order());
        Assert.True(_receiver.Holds("/v1/traces", Convert.FromHexString(TraceId)));
        // The request's span is the client's child, and the turn's is the request's.
        Assert.True(_receiver.Holds("/v1/traces", Convert.FromHexString(SpanId)));
        Assert.True(_receiver.Holds("/v1/traces", "counter/increment"u8));
        Assert.True(_receiver.Holds("/v1/traces", "Microsoft.AspNetCore"u8));
        Assert.True(_receiver.Holds("/v1/metrics", "durable_objects.turn.duration"u8));
        Assert.True(_receiver.Holds("/v1/metrics", "durable_objects.live_objects"u8));
        Assert.True(_receiver.Holds("/v1/metrics", "durable_objects.journal.fsyncs"u8));
        Assert.True(_receiver.Holds("/v1/metrics", "durable-objects"u8));
    }

    [Fact]
    public async Task Nothing_goes_out_unless_it_is_said_where_to()
    {
        await CallAsync(otlp: null);

        Assert.Empty(_receiver.Received);
    }

    /// <summary>Starts a host, calls a counter as part of a trace, and stops it.</summary>
    private async Task CallAsync(Uri? otlp)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(
        [
            new("DurableObjects:Data", _data),
            new("DurableObjects:Otlp", otlp?.ToString()),
        ]);
        builder.Services.AddDurableObjects(typeof(ICounter).Assembly);
        await using WebApplication application = builder.Build();
        application.MapDurableObjects();
        await application.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, $"{application.Urls.Single()}/api/objects/counter/hits/increment");
        request.Headers.Add("traceparent", $"00-{TraceId}-{SpanId}-01");
        using HttpResponseMessage response = await _client.SendAsync(request);
        Assert.Equal("1", await response.Content.ReadAsStringAsync());
        await application.StopAsync();
    }
}
