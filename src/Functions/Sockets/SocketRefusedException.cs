namespace DurableObjects.Functions.Sockets;

/// <summary>
/// Fails a trigger so that the client's <c>invoke()</c> rejects with the text. There is no other way: the extension makes a completion
/// with an error of a failed function alone. It copies what the worker tells it of the exception, so that a stack trace would end up at
/// the client; this one has none.
/// </summary>
/// <param name="message">What the client is told.</param>
/// <param name="innerException">What led to it, if anything; the client hears nothing of it.</param>
public sealed class SocketRefusedException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Nothing.</summary>
    public override string StackTrace => "";
}
