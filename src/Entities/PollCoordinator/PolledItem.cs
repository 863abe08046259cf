using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>An item that is new, or has changed.</summary>
/// <param name="Number">Grows with each item that the coordinator hands on.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Id">Its id at the source.</param>
/// <param name="Changed">Whether one of that id, with another content, was handed on before.</param>
/// <param name="At">When the poll that brought it was taken note of, in UTC.</param>
/// <param name="Content">The item.</param>
public sealed record PolledItem(long Number, string Source, string Id, bool Changed, DateTimeOffset At, JsonElement Content);
