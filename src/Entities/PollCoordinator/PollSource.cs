namespace DurableObjects.Entities;

/// <summary>A source, and how it fares.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Url">What is polled.</param>
/// <param name="EverySeconds">Seconds from the end of one poll to the next.</param>
/// <param name="Jitter">The share of that by which chance makes it longer or shorter.</param>
/// <param name="Format">How answers become items.</param>
/// <param name="Target">Who gets new items by a signal, or null.</param>
/// <param name="Paused">Whether it is not polled until it is resumed.</param>
/// <param name="Polling">Whether a poll is under way.</param>
/// <param name="NextAt">When it is polled next at the earliest; null while paused or under way.</param>
/// <param name="LastSuccess">When a poll last succeeded; null if none did.</param>
/// <param name="LastStatus">The HTTP status of the last poll that was answered; null if none was.</param>
/// <param name="Failures">Polls that have failed in a row.</param>
/// <param name="LastError">Why the last poll that failed did; null if none has since <paramref name="LastSuccess"/>.</param>
/// <param name="Items">Items of it that were handed on, new and changed.</param>
public sealed record PollSource(
    string Id, string Url, decimal EverySeconds, double Jitter, PollFormat Format, PollTarget? Target, bool Paused, bool Polling,
    DateTimeOffset? NextAt, DateTimeOffset? LastSuccess, int? LastStatus, int Failures, string? LastError, long Items);
