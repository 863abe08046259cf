using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DurableObjects.Bench.Net;

namespace DurableObjects.Bench.Sides;

/// <summary>One of the two that are compared: a process of its own on a free port, with a data folder of its own.</summary>
internal sealed class Side : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly ChildProcess _child;

    private Side(SideCommand command, ChildProcess child, IPEndPoint server, string folder)
    {
        Command = command;
        _child = child;
        Server = server;
        Folder = folder;
        Process = child.Process;
    }

    public SideCommand Command { get; }

    public string Name => Command.Name;

    public bool IsEmbedded => Name == SideCommand.Embedded;

    public IPEndPoint Server { get; }

    /// <summary>Where its objects are on disk.</summary>
    public string Folder { get; }

    /// <summary>The server's process, even if another one traces it.</summary>
    public Process Process { get; private set; }

    /// <summary>Bytes of its memory that are in RAM.</summary>
    public long ResidentBytes
    {
        get
        {
            Process.Refresh();
            return Process.WorkingSet64;
        }
    }

    /// <summary>What it wrote at its end; empty if it still runs.</summary>
    public string Ending => _child.Process.HasExited ? $"\n{Name} has ended, with {_child.Process.ExitCode}:\n{_child.Output}" : "";

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="command">Which.</param>
    /// <param name="folder">A folder that does not exist yet.</param>
    /// <param name="tracer">What to run it under, as the beginning of a command line.</param>
    public static async Task<Side> StartAsync(SideCommand command, string folder, params IReadOnlyList<string> tracer)
    {
        Directory.CreateDirectory(folder);
        int port = FreePort();
        IPEndPoint server = new(IPAddress.Loopback, port);
        ChildProcess child = ChildProcess.Start([.. tracer, .. command.Arguments(folder, port)], command.Environment(folder), folder);
        Side side = new(command, child, server, folder);
        try
        {
            await side.AnswersAsync();
            if (tracer.Count > 0)
            {
                side.Process = Process.GetProcessById(OnlyChild(child.Process.Id));
            }
            return side;
        }
        catch
        {
            await side.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Process != _child.Process)
        {
            Process.Kill();
            Process.Dispose();
            // The tracer ends with what it traces, and only then has it written everything.
            await Task.WhenAny(_child.Process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(10)));
        }
        await _child.DisposeAsync();
    }

    /// <summary>Sends one request on a connection of its own.</summary>
    public async Task<string> SendAsync(byte[] request) => (await TrySendAsync(request)).OrThrow(Name).Text;

    /// <summary>The same, whatever the status.</summary>
    public async Task<HttpReply> TrySendAsync(byte[] request)
    {
        using CancellationTokenSource timeout = new(TimeSpan.FromSeconds(120));
        using HttpConnection connection = await HttpConnection.ConnectAsync(Server, timeout.Token);
        using CancellationTokenRegistration closing = timeout.Token.Register(connection.Dispose);
        HttpReply reply = await connection.SendAsync(request);
        // Off the thread that serves every socket: whoever asked may wait for something.
        await Task.Yield();
        return reply;
    }

    /// <summary>Sends one request whose answer is a number.</summary>
    public async Task<long> NumberAsync(byte[] request) => long.Parse(await SendAsync(request), CultureInfo.InvariantCulture);

    public static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static int OnlyChild(int process) => int.Parse(
        File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)[0],
        CultureInfo.InvariantCulture);

    private async Task AnswersAsync()
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await SendAsync(Requests.Get("/bench/fired"));
                return;
            }
            catch (Exception error) when (error is SocketException or BenchException)
            {
                if (_child.Process.HasExited || Stopwatch.GetElapsedTime(began) > StartPatience)
                {
                    throw new BenchException($"{Name} did not start:\n{_child.Output}", error);
                }
                await Task.Delay(50);
            }
        }
    }
}
