using DurableObjects.Functions.Blobs;
using DurableObjects.Http;

namespace DurableObjects.Functions.Http;

/// <summary>Whether the archive's storage answers: without it no object can be woken or kept.</summary>
/// <param name="container">The archive's container.</param>
public sealed class StorageProbe(IBlobContainer container) : IHealthProbe
{
    /// <inheritdoc/>
    public async ValueTask<string?> FailureAsync(CancellationToken cancellation)
    {
        try
        {
            await using IBlob? blob = await container.OpenAsync(TicketKeyBlob.BlobName, cancellation);
            return blob is null ? "The archive's storage does not have the key of socket tickets." : null;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return "The archive's storage cannot be reached.";
        }
    }
}
