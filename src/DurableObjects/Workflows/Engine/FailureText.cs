using DurableObjects.Turns;

namespace DurableObjects.Workflows;

/// <summary>Errors as histories keep them: an exception's text may be a whole page that a server answered with.</summary>
internal static class FailureText
{
    /// <summary>Characters of an error's text. Ours: room for a message with its reasons, ten thousand times.</summary>
    private const int MaxCharacters = 4_096;

    /// <summary>The failure, with no more of its text than is kept.</summary>
    public static Failure Short(this Failure failure) =>
        failure.Detail.Length <= MaxCharacters ? failure : failure with { Detail = Short(failure.Detail) };

    /// <summary>No more of a text than is kept.</summary>
    public static string Short(string text) => text.Length <= MaxCharacters ? text : $"{text[..MaxCharacters]}…";
}
