namespace DurableObjects.Soak;

/// <summary>What a <see cref="Bell"/> holds at one moment.</summary>
/// <param name="Waiting">What is still to ring.</param>
/// <param name="RungHash">The sum of the rings that the checker knows.</param>
/// <param name="Rung">Those behind them.</param>
public sealed record BellLog(IReadOnlyList<WaitingRow> Waiting, string RungHash, IReadOnlyList<RungRow> Rung);

/// <summary>Something that is to ring.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Due">When, in milliseconds since 1970.</param>
public sealed record WaitingRow(string Id, long Due);

/// <summary>Something that has rung. Times are milliseconds since 1970.</summary>
/// <param name="N">Its number among all that the bell rang, from 1.</param>
/// <param name="Id">Its id.</param>
/// <param name="Due">When it was to ring.</param>
/// <param name="At">When it rang.</param>
/// <param name="Scheduled">What the alarm said that it was set for.</param>
public sealed record RungRow(long N, string Id, long Due, long At, long Scheduled);
