namespace DurableObjects.Entities;

/// <summary>How what a source answers becomes items.</summary>
public enum PollFormat
{
    /// <summary>JSON: an array of items, or an object with an array <c>items</c>; each an object with an <c>id</c>.</summary>
    Items,

    /// <summary>Anything: the whole body is one item with the id <c>body</c>.</summary>
    Body,
}
