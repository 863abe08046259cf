namespace DurableObjects.Entities;

/// <summary>What a text counts for where nobody has counted: every tokenizer has its own idea, and English has about this one.</summary>
internal static class TokenEstimate
{
    /// <summary>Characters (UTF-16) of a token. A rule of thumb of English; other languages and code have fewer.</summary>
    public const int CharactersPerToken = 4;

    public static long Of(string? text) => ((text?.Length ?? 0) + CharactersPerToken - 1) / CharactersPerToken;
}
