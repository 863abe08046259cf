using System.Diagnostics;

namespace DurableObjects.Bench.Sides;

/// <summary>A process that ends with this one, and keeps the last of what it wrote for when it fails.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 40;

    private readonly Queue<string> _output = [];

    private ChildProcess(Process process) => Process = process;

    public Process Process { get; }

    /// <summary>The end of what it wrote.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    public static ChildProcess Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        // Set for the generator's own sake, in Program.
        start.Environment.Remove(Program.InlineCompletions);
        start.Environment.Remove(Program.SocketThreads);
        ChildProcess child = new(new Process { StartInfo = start });
        child.Process.OutputDataReceived += child.Note;
        child.Process.ErrorDataReceived += child.Note;
        child.Process.Start();
        AppDomain.CurrentDomain.ProcessExit += child.Kill;
        child.Process.BeginOutputReadLine();
        child.Process.BeginErrorReadLine();
        return child;
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= Kill;
        Kill(this, EventArgs.Empty);
        await Process.WaitForExitAsync();
        Process.Dispose();
    }

    private void Kill(object? sender, EventArgs arguments)
    {
        if (!Process.HasExited)
        {
            // With its children: a traced process is the tracer's child.
            Process.Kill(entireProcessTree: true);
        }
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not { } text)
        {
            return;
        }
        lock (_output)
        {
            _output.Enqueue(text);
            if (_output.Count > KeptLines)
            {
                _output.Dequeue();
            }
        }
    }
}
