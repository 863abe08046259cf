namespace DurableObjects.Entities.Polar;

/// <summary>A webhook event of Polar.</summary>
/// <typeparam name="T">
/// What it carries: one of the records here, as <see cref="PolarEventTypes"/> says, or a JsonElement as long as that is not known.
/// </typeparam>
/// <param name="Type">The type, such as <see cref="PolarEventTypes.OrderPaid"/>.</param>
/// <param name="Timestamp">When Polar made the event. Its deliveries may come in any order, and more than once.</param>
/// <param name="Data">The thing that it is about, as it was then.</param>
public sealed record PolarEvent<T>(string Type, DateTimeOffset Timestamp, T Data);
