namespace DurableObjects.Http.Tests;

/// <summary>A class to be addressed; the host that would run it is a mock.</summary>
[DurableObject("room")]
public sealed class Room(ObjectContext context) : DurableObject(context)
{
    public void Post(string text) => throw new NotSupportedException(text);

    [ReadOnlyMethod]
    public string[] History(int limit, string[] tags) => throw new NotSupportedException($"{limit} {tags}");
}
