using System.Runtime.CompilerServices;
using System.Text.Json;
using DurableObjects.Functions.Blobs;

namespace DurableObjects.Functions.Catalogue;

/// <summary>
/// Which objects there are, for listing: one tiny blob for each, <c>catalogue/{class}/{key}</c>, the key as <see cref="OrderedText"/>.
/// The blob's name says all that a listing needs, so no blob is opened for it; what is in the blob is for people who look into the
/// storage.
/// </summary>
/// <param name="container">Has the blobs.</param>
public sealed class BlobCatalogue(IBlobContainer container)
{
    private const string Prefix = "catalogue/";

    /// <summary>Enters an object; one that is there already stays. One request.</summary>
    public async ValueTask AddAsync(ObjectAddress address, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        using MemoryStream content = new(
            JsonSerializer.SerializeToUtf8Bytes(new Content(address.Id.ToString(), address.Name), ObjectJson.Options));
        await container.WriteAsync(BlobOf(address), content, cancellation);
    }

    /// <summary>Strikes an object out, if it is there. One request.</summary>
    public async ValueTask RemoveAsync(ObjectAddress address, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        await container.DeleteAsync(BlobOf(address), null, cancellation);
    }

    /// <summary>
    /// The objects of a class in the ordinal order of their keys. One request for each 5,000 entries that begin with the prefix,
    /// including those in front of where the page begins: Blob Storage lists from the beginning.
    /// </summary>
    /// <param name="className">The class.</param>
    /// <param name="prefix">Only keys that start with this (ordinal); empty for all.</param>
    /// <param name="after">Only keys after this one (ordinal); null for all.</param>
    /// <param name="cancellation">Ends the listing.</param>
    public async IAsyncEnumerable<ObjectAddress> ListAsync(
        string className, string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(className);
        ArgumentNullException.ThrowIfNull(prefix);
        string folder = FolderOf(className);
        await foreach (BlobEntry blob in container.ListAsync(folder + OrderedText.EncodePrefix(WholePart(prefix)), cancellation))
        {
            if (OrderedText.TryDecode(blob.Name[folder.Length..], out string? key)
                && key.StartsWith(prefix, StringComparison.Ordinal)
                && (after is null || string.CompareOrdinal(key, after) > 0))
            {
                yield return AddressOf(className, key);
            }
        }
    }

    private static string FolderOf(string className) => $"{Prefix}{className}/";

    private static string BlobOf(ObjectAddress address) => FolderOf(address.ClassName) + OrderedText.Encode(address.Key);

    /// <summary>A name may look like an id, but only an id is one of the class: it holds a digest of it.</summary>
    private static ObjectAddress AddressOf(string className, string key)
    {
        string digits = key.StartsWith(ObjectAddress.IdPrefix, StringComparison.Ordinal) ? key[ObjectAddress.IdPrefix.Length..] : "";
        if (digits.Length == 2 * ObjectId.Size && digits.All(char.IsAsciiHexDigitLower))
        {
            ObjectId id = ObjectId.FromBytes(Convert.FromHexString(digits));
            if (id.IsOf(className))
            {
                return new ObjectAddress(className, id, null);
            }
        }
        return ObjectAddress.OfName(className, key);
    }

    /// <summary>What comes before the first half of a surrogate pair: such a half has no bytes of its own.</summary>
    private static string WholePart(string prefix)
    {
        for (int i = 0; i < prefix.Length; i++)
        {
            if (char.IsSurrogate(prefix[i]))
            {
                if (i + 1 == prefix.Length || !char.IsSurrogatePair(prefix[i], prefix[i + 1]))
                {
                    return prefix[..i];
                }
                i++;
            }
        }
        return prefix;
    }

    private sealed record Content(string Id, string? Name);
}
