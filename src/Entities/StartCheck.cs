using Microsoft.Extensions.Hosting;

namespace DurableObjects.Entities;

/// <summary>
/// Wants settings when the host starts, so that a mistake in them ends it then, and not the first request that needs them.
/// </summary>
internal sealed class StartCheck<TSettings>(TSettings settings) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.FromResult(settings);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
