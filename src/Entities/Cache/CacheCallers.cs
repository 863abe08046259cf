namespace DurableObjects.Entities;

/// <summary>A cache and its loader listen to each other alone: what one says to the other becomes a value that callers believe.</summary>
internal static class CacheCallers
{
    /// <summary>Refuses any caller but an object.</summary>
    public static void Require(ObjectContext context, ObjectAddress expected)
    {
        if (!context.Caller.IsInRole(Caller.Object) || context.Caller.Id != $"object:{expected.ClassName}/{expected.Id}")
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, $"Only {expected} may call this.");
        }
    }
}
