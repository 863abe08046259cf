using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using DurableObjects.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DurableObjects.Functions.Telemetry;

/// <summary>
/// Exports what the worker knows of its objects: traces and figures, to Application Insights and by OTLP, to each where it is
/// configured. Logs go through the Functions host, which exports them with its own.
/// </summary>
/// <param name="configuration">Says where to.</param>
public sealed class TelemetryExport(IConfiguration configuration) : IHostedService, IDisposable
{
    private const string RequestSpans = "Microsoft.AspNetCore";
    private const string ServiceName = "durable-objects";

    /// <summary>How <see cref="Settings.InsightsAuthentication"/> asks for the app's identity.</summary>
    private const string ByIdentity = "Authorization=AAD";

    /// <summary>What a receiver that does not answer may cost a stop.</summary>
    private const int FlushMilliseconds = 5_000;

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        string? insights = configuration[Settings.Insights];
        bool isOtlp = !string.IsNullOrEmpty(configuration[Settings.OtlpEndpoint]);
        if (string.IsNullOrEmpty(insights) && !isOtlp)
        {
            return Task.CompletedTask;
        }
        TracerProviderBuilder traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Describe).AddSource(ObjectDiagnostics.Name, RequestSpans);
        MeterProviderBuilder metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Describe).AddMeter(ObjectDiagnostics.Name);
        if (!string.IsNullOrEmpty(insights))
        {
            TokenCredential? credential = Credential();
            traces.AddAzureMonitorTraceExporter(options => options.ConnectionString = insights, credential);
            metrics.AddAzureMonitorMetricExporter(options => options.ConnectionString = insights, credential);
        }
        if (isOtlp)
        {
            // They read where to send, and how, from the variables that OpenTelemetry has for it.
            traces.AddOtlpExporter();
            metrics.AddOtlpExporter();
        }
        _traces = traces.Build();
        _metrics = metrics.Build();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _traces?.ForceFlush(FlushMilliseconds);
            _metrics?.ForceFlush(FlushMilliseconds);
        },
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private ManagedIdentityCredential? Credential()
    {
        bool isByIdentity = configuration[Settings.InsightsAuthentication]?.Contains(ByIdentity, StringComparison.OrdinalIgnoreCase) ?? false;
        if (!isByIdentity)
        {
            return null;
        }
        return configuration[Settings.ClientId] is { Length: > 0 } clientId
            ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId))
            : new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned);
    }

    private static void Describe(ResourceBuilder resource) =>
        resource.AddService(ServiceName, serviceVersion: RuntimeVersions.DurableObjects).AddEnvironmentVariableDetector();
}
