namespace DurableObjects.Turns;

/// <summary>What <see cref="InspectTurn"/> answers.</summary>
/// <param name="DatabaseBytes">Bytes of the object's database, free pages included.</param>
/// <param name="AlarmError">Why the last alarm was given up on, or null.</param>
/// <param name="RestoreError">Why the last return to a bookmark failed, or null.</param>
/// <param name="ReturnedError">Why the object could not be told of its return yet, or null. Until it was, it does nothing else.</param>
/// <param name="Bookmark">The bookmark of the newest commit, or null if there is none.</param>
/// <param name="Parked">The parked signals, oldest first, 100 at most.</param>
public sealed record ObjectDetails(
    long DatabaseBytes, string? AlarmError, string? RestoreError, string? ReturnedError, string? Bookmark, IReadOnlyList<ParkedSignal> Parked);

/// <summary>A signal that was retried in vain.</summary>
/// <param name="Sender">The sending object, or null if it came from outside.</param>
/// <param name="Method">The method that it calls.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="ReceivedAt">When it arrived.</param>
/// <param name="Error">The last error.</param>
public sealed record ParkedSignal(string? Sender, string Method, int Attempts, DateTimeOffset ReceivedAt, string Error);
