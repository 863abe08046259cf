namespace DurableObjects.Entities;

/// <summary>Whether a signal comes from the object that it should: the methods for signals are as public as all others.</summary>
internal static class Senders
{
    /// <summary>Refuses a caller that is not a certain object.</summary>
    /// <exception cref="DurableObjectException">It is another (403 <c>forbidden</c>).</exception>
    public static void Require(ObjectContext context, string className, string name)
    {
        Caller caller = context.Caller;
        if (!caller.IsInRole(Caller.Object) || caller.Id != $"object:{className}/{ObjectId.FromName(className, name)}")
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, $"Only {className}/{name} may call this, by a signal.");
        }
    }
}
