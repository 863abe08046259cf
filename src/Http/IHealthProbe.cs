namespace DurableObjects.Http;

/// <summary>A check that a host adds to <c>GET /api/health</c>.</summary>
public interface IHealthProbe
{
    /// <summary>Why the host is not healthy, as a text that anybody may read; null if it is.</summary>
    ValueTask<string?> FailureAsync(CancellationToken cancellation);
}
