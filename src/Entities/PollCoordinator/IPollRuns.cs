namespace DurableObjects.Entities;

/// <summary>What a poll under way asks and tells its coordinator: for workflows and administrators alone.</summary>
public interface IPollRuns
{
    /// <summary>Asks for leave to poll now.</summary>
    /// <param name="poll">The id of the poll.</param>
    /// <returns>
    /// What to ask for; null if the poll is not wanted any more, or was begun before: whether its process still runs nobody knows, so the
    /// coordinator waits until it must have given up.
    /// </returns>
    Task<PollPermit?> Begin(string poll);

    /// <summary>Brings what has come of it. What comes for a poll that was given up is ignored.</summary>
    /// <param name="poll">The id of the poll.</param>
    /// <param name="answer">What came.</param>
    Task Finish(string poll, PollAnswer answer);
}
