using System.Globalization;
using System.Net;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Report;

/// <summary>What the generator can do against a server that does nothing.</summary>
/// <param name="PerSecond">Requests per second.</param>
/// <param name="Cpu">Processor time that it took.</param>
internal sealed record GeneratorCeiling(double PerSecond, CpuShares Cpu)
{
    public static async Task<GeneratorCeiling> MeasureAsync(BenchOptions options)
    {
        int port = Side.FreePort();
        await using ChildProcess responder = ChildProcess.Start(
            [Environment.ProcessPath!, .. Self(), Program.Respond, port.ToString(CultureInfo.InvariantCulture)],
            new Dictionary<string, string>(), options.DataFolder);
        IPEndPoint server = new(IPAddress.Loopback, port);
        await ConnectsAsync(server);
        byte[] request = Requests.Call("counter", "hits", "increment");
        LoadResult load = await ClosedLoop.ForAsync(
            server, options.Connections, options.Duration, options.Duration, () => new CpuClock(responder.Process, null), _ => request);
        if (load.Errors > 0)
        {
            throw new BenchException($"The generator failed against the empty server: {load.FirstError}");
        }
        return new GeneratorCeiling(load.PerSecond, load.Cpu);
    }

    /// <summary>The assembly, if this process is <c>dotnet</c> itself.</summary>
    private static string[] Self() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Program).Assembly.Location] : [];

    private static async Task ConnectsAsync(IPEndPoint server)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using HttpConnection connection = await HttpConnection.ConnectAsync(server, CancellationToken.None);
                return;
            }
            catch (System.Net.Sockets.SocketException) when (attempt < 200)
            {
                await Task.Delay(50);
            }
        }
    }
}
