namespace DurableObjects.Http;

/// <summary>What a route asks of its caller. Each level includes those before it.</summary>
public enum Access
{
    /// <summary>Nothing; the caller is not even looked at.</summary>
    Public,

    /// <summary>The role <c>viewer</c>: lists and reads, calls of read-only methods by GET.</summary>
    Viewer,

    /// <summary>The role <c>contributor</c>: calls, fetches, sockets, new objects.</summary>
    Contributor,

    /// <summary>The role <c>admin</c> (<see cref="Caller.Administrator"/>): ends objects, decides on parked signals.</summary>
    Administrator,
}
