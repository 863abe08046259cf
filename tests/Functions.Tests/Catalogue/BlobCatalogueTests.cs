using System.Text;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Tests.Blobs;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Functions.Tests.Catalogue;

/// <summary>The catalogue lists as every host must: by prefix, from a key on, in the ordinal order of .NET's strings.</summary>
[Collection(StorageCollection.Name)]
public class BlobCatalogueTests(StorageFixture storages)
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly string[] Names =
    [
        "a", "a/b", "a b", "ab", "abc", "abcde", "abcdef", "abcdeg", "b", "B", "é", "id:", "id:abc", "中", "\0", "a\0", "ein/..",
        "\uD7FF", "\uE000", "\uFFFD", "\uFFFF", "\U00010000", "\U0001F600", "\U0001F600a", "\U0010FFFF", "x\uE000", "x\U0001F600",
    ];

    [Theory, Storages]
    public async Task Objects_are_listed_in_the_order_of_their_keys(string storage)
    {
        BlobCatalogue catalogue = new(await storages.NewAsync(storage));
        List<ObjectAddress> addresses = [.. Names.Select(name => ObjectAddress.OfName("room", name))];
        for (int i = 0; i < 3; i++)
        {
            addresses.Add(new ObjectAddress("room", ObjectId.Unique("room"), null));
        }
        foreach (ObjectAddress address in addresses)
        {
            await catalogue.AddAsync(address, None);
            await catalogue.AddAsync(address, None);
        }
        await catalogue.AddAsync(ObjectAddress.OfName("roo", "m"), None);
        await catalogue.AddAsync(ObjectAddress.OfName("room-2", "a"), None);
        addresses.Sort((one, other) => string.CompareOrdinal(one.Key, other.Key));
        Assert.Equal(addresses, await ListAsync(catalogue, "", null));
        string[] prefixes = ["a", "abcde", "abcdef", "id:", "\U0001F600", "\uD83D", "a\uD83D", "x\uD83D", "\uE000", "zzz"];
        foreach (string prefix in prefixes)
        {
            Assert.Equal(
                addresses.Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal)), await ListAsync(catalogue, prefix, null));
        }
        foreach (ObjectAddress after in addresses)
        {
            Assert.Equal(
                addresses.SkipWhile(one => one != after).Skip(1).Where(one => one.Key.StartsWith('a')),
                (await ListAsync(catalogue, "a", after.Key)));
        }
    }

    [Theory, Storages]
    public async Task What_was_removed_is_not_listed(string storage)
    {
        BlobCatalogue catalogue = new(await storages.NewAsync(storage));
        ObjectAddress a = ObjectAddress.OfName("room", "a");
        await catalogue.AddAsync(a, None);
        await catalogue.AddAsync(ObjectAddress.OfName("room", "b"), None);
        await catalogue.RemoveAsync(a, None);
        await catalogue.RemoveAsync(a, None);
        Assert.Equal(["b"], (await ListAsync(catalogue, "", null)).Select(one => one.Key));
    }

    [Theory, Storages]
    public async Task The_longest_names_fit(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        BlobCatalogue catalogue = new(container);
        string className = new('c', Limits.ClassNameCharacters);
        string[] names =
        [
            new('n', Limits.NameBytes), new('\uFFFF', Limits.NameBytes / 3),
            string.Concat(Enumerable.Repeat("\U0001F600", Limits.NameBytes / 4)),
        ];
        foreach (string name in names)
        {
            await catalogue.AddAsync(ObjectAddress.OfName(className, name), None);
        }
        await foreach (BlobEntry blob in container.ListAsync("", None))
        {
            // learn.microsoft.com, "Naming and Referencing Containers, Blobs, and Metadata": 1 to 1,024 characters.
            Assert.InRange(blob.Name.Length, 1, 1_024);
        }
        List<string> listed = [];
        await foreach (ObjectAddress address in catalogue.ListAsync(className, "", null, None))
        {
            listed.Add(address.Key);
        }
        Assert.Equal(names.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public void The_encoding_keeps_the_order_of_any_texts()
    {
        Gen<char> character = Gen.Elements('\0', 'a', 'b', '\u007F', '\u0080', '\u07FF', '\u0800', '\uD7FF', '\uE000', '\uFFFF');
        Gen<string> part = Gen.OneOf(character.Select(one => one.ToString()), Gen.Elements("\U00010000", "\U0001F600", "\U0010FFFF"));
        Gen<string> text = Gen.ListOf(part).Select(parts => string.Concat(parts));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2_000).WithReplay(20_300_101, 3),
            Prop.ForAll(Gen.Zip(text, text).ToArbitrary(), pair =>
            {
                string one = OrderedText.Encode(pair.Item1);
                string other = OrderedText.Encode(pair.Item2);
                return Math.Sign(string.CompareOrdinal(one, other)) == Math.Sign(string.CompareOrdinal(pair.Item1, pair.Item2))
                    && OrderedText.TryDecode(one, out string? back) == (pair.Item1.Length > 0) && (back ?? "") == pair.Item1
                    && one.Length == ((Encoding.UTF8.GetByteCount(pair.Item1) * 8) + 4) / 5
                    && OrderedText.Encode(pair.Item1 + pair.Item2).StartsWith(
                        OrderedText.EncodePrefix(pair.Item1), StringComparison.Ordinal);
            }));
    }

    [Theory]
    [InlineData("A")]
    [InlineData("w")]
    [InlineData("0")]
    [InlineData("c5")]
    [InlineData("vv")]
    public void What_was_not_encoded_is_not_decoded(string characters) => Assert.False(OrderedText.TryDecode(characters, out _));

    [Fact]
    public async Task What_is_not_an_entry_is_passed_over()
    {
        MemoryBlobContainer container = new(new FakeClock());
        BlobCatalogue catalogue = new(container);
        await catalogue.AddAsync(ObjectAddress.OfName("room", "a"), None);
        await container.TryCreateAsync("catalogue/room/", new byte[1], None);
        await container.TryCreateAsync("catalogue/room/README.txt", new byte[1], None);
        Assert.Equal(["a"], (await ListAsync(catalogue, "", null)).Select(one => one.Key));
    }

    [Fact]
    public async Task A_listing_opens_no_blob_and_a_prefix_narrows_it()
    {
        MemoryBlobContainer container = new(new FakeClock()) { PageSize = 10 };
        BlobCatalogue catalogue = new(container);
        for (int i = 0; i < 100; i++)
        {
            await catalogue.AddAsync(ObjectAddress.OfName("room", $"room-{i:d3}"), None);
        }
        Assert.Equal([new(BlobOperation.Write, 100L)], container.TakeRequests());
        Assert.Equal(100, (await ListAsync(catalogue, "", null)).Count);
        Assert.Equal([new(BlobOperation.List, 11L)], container.TakeRequests());
        // The bits that "room-01" decides are those that "room-00" decides, up to the last character: one of 16 ends here.
        Assert.Equal(10, (await ListAsync(catalogue, "room-01", null)).Count);
        Assert.InRange(container.TakeRequests()[BlobOperation.List], 1, 3);
        await foreach (ObjectAddress _ in catalogue.ListAsync("room", "", null, None))
        {
            break;
        }
        Assert.Equal([new(BlobOperation.List, 1L)], container.TakeRequests());
    }

    private static async Task<IReadOnlyList<ObjectAddress>> ListAsync(BlobCatalogue catalogue, string prefix, string? after)
    {
        List<ObjectAddress> addresses = [];
        await foreach (ObjectAddress address in catalogue.ListAsync("room", prefix, after, None))
        {
            addresses.Add(address);
        }
        return addresses;
    }
}
