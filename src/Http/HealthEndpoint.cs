using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Http;

/// <summary>Says whether the host is well, and what it runs on.</summary>
internal sealed class HealthEndpoint(IEnumerable<IHealthProbe> probes, ILogger logger)
{
    private static readonly Versions Current = new(
        RuntimeVersions.DurableObjects, RuntimeVersions.Sqlite, RuntimeInformation.FrameworkDescription);

    private readonly IReadOnlyList<IHealthProbe> _probes = [.. probes];

    public async Task<IResult> CheckAsync(CancellationToken cancellation)
    {
        List<string> reasons = [];
        foreach (IHealthProbe probe in _probes)
        {
            if (await FailureAsync(probe, cancellation) is { } reason)
            {
                reasons.Add(reason);
            }
        }
        return reasons.Count == 0
            ? AnswerResult.Json(200, new Healthy("ok", Current))
            : AnswerResult.Json(503, new Failing("failing", reasons));
    }

    private async ValueTask<string?> FailureAsync(IHealthProbe probe, CancellationToken cancellation)
    {
        try
        {
            return await probe.FailureAsync(cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            logger.ProbeFailed(error, probe.GetType());
            return $"{probe.GetType().Name} failed itself; the host's log says why.";
        }
    }

    private sealed record Healthy(string Status, Versions Versions);

    private sealed record Failing(string Status, IReadOnlyList<string> Reasons);

    private sealed record Versions(string DurableObjects, string Sqlite, string Runtime);
}
