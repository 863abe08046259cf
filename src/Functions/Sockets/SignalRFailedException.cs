using System.Net;

namespace DurableObjects.Functions.Sockets;

/// <summary>SignalR Service did not do what it was asked to.</summary>
public sealed class SignalRFailedException : Exception
{
    /// <summary>It answered that it would not.</summary>
    /// <param name="what">What it did not do.</param>
    /// <param name="status">How it answered.</param>
    public SignalRFailedException(string what, HttpStatusCode status)
        : this($"{what}: it answered {(int)status}")
    {
        Status = status;
    }

    /// <summary>It did not answer, or with something that cannot be used.</summary>
    /// <param name="what">What it did not do.</param>
    /// <param name="innerException">What led to it, if anything.</param>
    public SignalRFailedException(string what, Exception? innerException = null)
        : base($"SignalR Service did not {what}.", innerException)
    {
    }

    /// <summary>How it answered, if it did.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Whether an exception says that a request did not get through, or not in time, whoever waits for it.</summary>
    internal static bool IsOfTheWay(Exception error, CancellationToken cancellation) =>
        error is HttpRequestException or IOException
        || (error is OperationCanceledException && !cancellation.IsCancellationRequested);
}
