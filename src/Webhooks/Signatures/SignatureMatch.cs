using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DurableObjects.Webhooks.Signatures;

/// <summary>
/// Compares what was signed here with what was sent. The texts are compared, not the bytes that they stand for, so that a signature
/// has one spelling only.
/// </summary>
internal static class SignatureMatch
{
    /// <summary>Takes as long whichever secret matches whichever signature, and tells nothing of how much of one did.</summary>
    /// <param name="secrets">The secrets of the source.</param>
    /// <param name="signatures">The signatures as they were sent.</param>
    /// <param name="head">What is signed in front of the body.</param>
    /// <param name="body">The body.</param>
    /// <param name="write">How the scheme writes a signature.</param>
    public static bool Any(
        IReadOnlyList<WebhookSecret> secrets,
        List<string> signatures,
        ReadOnlySpan<byte> head,
        ReadOnlySpan<byte> body,
        Func<byte[], string> write)
    {
        bool any = false;
        foreach (WebhookSecret secret in secrets)
        {
            string expected = write(secret.Sign(head, body));
            foreach (string signature in signatures)
            {
                any |= CryptographicOperations.FixedTimeEquals(
                    MemoryMarshal.AsBytes(expected.AsSpan()), MemoryMarshal.AsBytes(signature.AsSpan()));
            }
        }
        return any;
    }
}
