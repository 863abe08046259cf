using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DurableObjects.Embedded;

/// <summary>
/// Refuses to start where others could reach the host and no API key is configured. Requests are checked as well; this is so that
/// a mistake is seen at once, and not first by whoever finds the port.
/// </summary>
internal sealed class ListenAddressCheck(IConfiguration configuration, IServer server, EmbeddedHostOptions options)
    : IHostedLifecycleService
{
    private static readonly string[] PortSettings = ["http_ports", "https_ports"];

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        Check(Addresses());
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Looks again: what the application told Kestrel in code is known only now. The start fails, and the port closes.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Check(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal static bool IsLoopback(string address)
    {
        string host = BindingAddress.Parse(address).Host;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
    }

    private void Check(IEnumerable<string> addresses)
    {
        if (options.ApiKeys.Count == 0 && addresses.FirstOrDefault(address => !IsLoopback(address)) is { } open)
        {
            throw new InvalidOperationException(
                $"The host would listen on {open}, where other machines can reach it, without an API key. "
                + $"Configure one ({EmbeddedHostOptions.Section}:ApiKeys:0, or --api-key), or listen on 127.0.0.1.");
        }
    }

    private IEnumerable<string> Addresses()
    {
        string[] urls = [
            .. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [],
            .. (configuration[WebHostDefaults.ServerUrlsKey] ?? "").Split(
                ';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>(),
        ];
        // Ports alone mean every address, and count only where no addresses are given.
        return urls.Length > 0
            ? urls
            : PortSettings.SelectMany(name => (configuration[name] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
                .Select(port => $"http://*:{port}");
    }
}
