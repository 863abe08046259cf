using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

/// <summary>Passes on what is new, and nothing of what a replay says again.</summary>
internal sealed class ReplaySafeLogger(ILogger inner, IWorkflowEngine engine) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => !engine.IsReplaying && inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!engine.IsReplaying)
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
