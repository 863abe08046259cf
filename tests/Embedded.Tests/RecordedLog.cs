using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Tests;

/// <summary>Keeps what the host logs as a warning or worse, with the errors.</summary>
internal sealed class RecordedLog : ILogger<EmbeddedHost>
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue(exception is null ? formatter(state, null) : $"{formatter(state, exception)} {exception.Message}");
}
