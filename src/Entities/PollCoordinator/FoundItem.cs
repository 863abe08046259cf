using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>An item as found in what a source answered, whether it is known or not.</summary>
/// <param name="Id">What tells it from the source's others: 1 to <see cref="PollLimits.ItemIdCharacters"/> characters.</param>
/// <param name="Content">All of it, at most <see cref="PollLimits.ItemBytes"/> as JSON.</param>
public sealed record FoundItem(string Id, JsonElement Content);
