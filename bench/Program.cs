using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Report;

namespace DurableObjects.Bench;

/// <summary>Entry point: measures, or, as a process of its own, answers with nothing.</summary>
internal static class Program
{
    /// <summary>The first argument of the process that does nothing but answer.</summary>
    public const string Respond = "respond";

    /// <summary>
    /// Has .NET run what follows a receive on the thread that learned of it, instead of sending it through the thread pool. It halves
    /// what a request costs the generator. No server inherits it.
    /// </summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>How many such threads there are.</summary>
    public const string SocketThreads = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    private static async Task<int> Main(string[] arguments)
    {
        // Before the first socket.
        Environment.SetEnvironmentVariable(InlineCompletions, "1");
        Environment.SetEnvironmentVariable(SocketThreads, "1");
        if (arguments is [Respond, string port])
        {
            await Responder.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), CancellationToken.None);
            return 0;
        }
        try
        {
            BenchOptions options = BenchOptions.Parse(arguments);
            Results results = await new BenchRun(options).RunAsync();
            ConsoleReport.Print(results);
            results.Write(options.OutFolder);
            Console.WriteLine($"written to {options.OutFolder}");
            if (results.Errors > 0)
            {
                await Console.Error.WriteLineAsync($"{results.Errors} errors: the figures are not to be trusted.");
                return 1;
            }
            return 0;
        }
        catch (Exception error) when (error is BenchException or ArgumentException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }
}
