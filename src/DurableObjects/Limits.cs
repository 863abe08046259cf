namespace DurableObjects;

/// <summary>Every limit of the model, each with its unit and where it comes from.</summary>
public static class Limits
{
    /// <summary>Bytes of a key in the key-value store. Cloudflare: 2,048 bytes.</summary>
    public const int KeyBytes = 2_048;
}
