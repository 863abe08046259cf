using DurableObjects.Turns;

namespace DurableObjects.Embedded.Sockets;

/// <summary>Takes what objects do to their sockets, in the order of each object's commits. Must not block.</summary>
internal interface ISocketSink
{
    void CarryOut(ObjectAddress address, IReadOnlyList<SocketEffect> effects);
}
