using DurableObjects.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DurableObjects.Embedded.Diagnostics;

/// <summary>
/// Exports traces and metrics by OTLP over HTTP, if <see cref="EmbeddedHostOptions.Otlp"/> says where to. The requests' own spans go
/// with them, since the turns' are parts of those. An application with an OpenTelemetry of its own leaves the setting alone and adds
/// the source and the meter <see cref="ObjectDiagnostics.Name"/> to that.
/// </summary>
internal sealed class OtlpExport(EmbeddedHostOptions options) : IHostedService, IDisposable
{
    private const string RequestSpans = "Microsoft.AspNetCore";
    private const string ServiceName = "durable-objects";

    /// <summary>What a receiver that does not answer may cost a stop.</summary>
    private const int FlushMilliseconds = 5_000;

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Otlp is not { } endpoint)
        {
            return Task.CompletedTask;
        }
        _traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Describe)
            .AddSource(ObjectDiagnostics.Name, RequestSpans)
            .AddOtlpExporter(otlp => Send(otlp, endpoint, "v1/traces"))
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Describe)
            .AddMeter(ObjectDiagnostics.Name)
            .AddOtlpExporter(otlp => Send(otlp, endpoint, "v1/metrics"))
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _traces?.ForceFlush(FlushMilliseconds);
            _metrics?.ForceFlush(FlushMilliseconds);
        },
        cancellationToken);

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static void Describe(ResourceBuilder resource) =>
        resource.AddService(ServiceName, serviceVersion: RuntimeVersions.DurableObjects).AddEnvironmentVariableDetector();

    private static void Send(OtlpExporterOptions otlp, Uri endpoint, string path)
    {
        otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
        otlp.Endpoint = new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}");
    }
}
