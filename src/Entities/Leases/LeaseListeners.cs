namespace DurableObjects.Entities;

/// <summary>
/// The sockets of owners who want to be told. A socket only listens: that it opens or closes changes neither a lease nor a place.
/// </summary>
internal sealed class LeaseListeners(ObjectContext context, Func<LeaseRow, object> show)
{
    /// <summary>Whose socket connects, if there is room for it.</summary>
    public string OwnerOf(SocketOpening opening)
    {
        string owner = opening.Query.GetValueOrDefault("owner") ?? throw Argument.Invalid("Connect with '?owner='; it is missing.");
        Argument.Text(owner, "owner", LeaseLimits.OwnerCharacters);
        return context.Sockets.Count <= LeaseLimits.MaxSockets
            ? owner
            : throw new DurableObjectException(
                409, LeaseLimits.TooManySockets, $"There are {LeaseLimits.MaxSockets:N0} sockets, which is the limit.")
            { Retryable = true };
    }

    /// <summary>Has a socket hear of an owner's grants, at first of the lease that it holds.</summary>
    public void Take(ObjectSocket socket, string owner, LeaseRow? lease)
    {
        socket.SetTags(owner);
        if (lease is not null)
        {
            socket.Send("granted", show(lease));
        }
    }

    /// <summary>Tells an owner of its lease.</summary>
    public void Granted(LeaseRow lease) => context.Sockets.SendToTag(lease.Owner, "granted", show(lease));

    /// <summary>Tells an owner that it no longer waits.</summary>
    public void Lapsed(WaiterRow place) => context.Sockets.SendToTag(place.Owner, "lapsed", place.ToWaiter());
}
