using DurableObjects.Embedded.Catalogue;
using DurableObjects.Turns;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Embedded.Tests.Catalogue;

public class ObjectCatalogueTests
{
    private static readonly ObjectSummary Existing = new(new Head(1, 1), 1, true);

    [Fact]
    public void A_listing_is_that_of_the_sorted_keys()
    {
        Gen<string> text = Gen.Elements('a', 'b', 'B', '-', 'é', '\uFFFF').ArrayOf().Select(
            letters => new string(letters[..Math.Min(letters.Length, 4)]));
        Gen<string> key = text.Where(name => name.Length > 0);
        var cases = from keys in key.ArrayOf()
                    from gone in key.ArrayOf()
                    from prefix in text
                    from after in Gen.OneOf(text.Select(value => (string?)value), Gen.Constant((string?)null))
                    from limit in Gen.Choose(0, 5)
                    select (keys, gone, prefix, after, limit);

        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            ObjectCatalogue catalogue = new();
            foreach (string name in given.keys)
            {
                catalogue.Committed(catalogue.FindOrNew(Address(name)), Existing, 1, isWhole: false);
            }
            foreach (string name in given.gone)
            {
                if (catalogue.Find(Address(name).Id) is { } entry)
                {
                    catalogue.Committed(entry, Existing with { Exists = false }, 2, isWhole: false);
                }
            }
            IEnumerable<string> expected = given.keys.Except(given.gone).Distinct()
                .Where(name => name.StartsWith(given.prefix, StringComparison.Ordinal)
                    && (given.after is null || string.CompareOrdinal(name, given.after) > 0))
                .Order(StringComparer.Ordinal).Take(given.limit);
            return catalogue.List("probe", given.prefix, given.after, given.limit)
                .Select(entry => entry.Address.Key).SequenceEqual(expected);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000).WithReplay(20_251_120UL, 7UL).WithQuietOnSuccess(true));
    }

    [Fact]
    public void The_objects_of_a_class_that_exist_are_counted()
    {
        ObjectCatalogue catalogue = new();
        Assert.Equal(0, catalogue.CountOf("probe"));
        foreach (string name in (string[])["a", "b", "a"])
        {
            catalogue.Committed(catalogue.FindOrNew(Address(name)), Existing, 1, isWhole: false);
        }
        Assert.Equal(2, catalogue.CountOf("probe"));
        Assert.Equal(0, catalogue.CountOf("other"));

        catalogue.Committed(catalogue.FindOrNew(Address("a")), Existing with { Exists = false }, 2, isWhole: false);
        Assert.Equal(1, catalogue.CountOf("probe"));
    }

    [Fact]
    public void Pages_end_to_end_hold_every_object_once_unique_ids_among_the_names()
    {
        ObjectCatalogue catalogue = new();
        List<string> keys = [];
        for (int i = 0; i < 100; i++)
        {
            ObjectAddress address = i % 2 == 0
                ? Address($"name {i}")
                : new ObjectAddress("probe", ObjectId.Unique("probe"), null);
            keys.Add(address.Key);
            catalogue.Committed(catalogue.FindOrNew(address), Existing, i, isWhole: false);
        }
        catalogue.Committed(catalogue.FindOrNew(ObjectAddress.OfName("other", "name 0")), Existing, 200, isWhole: false);

        List<string> listed = [];
        while (catalogue.List("probe", "", listed.LastOrDefault(), 7) is { Count: > 0 } page)
        {
            listed.AddRange(page.Select(entry => entry.Address.Key));
        }

        Assert.Equal(keys.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public void An_object_that_was_ended_is_kept_but_not_listed_and_one_that_was_removed_is_forgotten()
    {
        ObjectCatalogue catalogue = new();
        CatalogueEntry ended = Commit(catalogue, "ended");
        CatalogueEntry removed = Commit(catalogue, "removed");

        catalogue.Committed(ended, Existing with { Exists = false }, 2, isWhole: false);
        catalogue.Remove(removed);

        Assert.Empty(catalogue.List("probe", "", null, 10));
        Assert.Same(ended, catalogue.Find(ended.Address.Id));
        Assert.Null(catalogue.Find(removed.Address.Id));
        Assert.NotSame(removed, catalogue.FindOrNew(removed.Address));
        Assert.Equal(-1, catalogue.FindOrNew(removed.Address).LastRecord);
        catalogue.Committed(ended, Existing, 3, isWhole: false);
        Assert.Same(ended, Assert.Single(catalogue.List("probe", "", null, 10)));
    }

    [Fact]
    public void An_object_is_in_the_catalogue_from_its_first_durable_commit_on()
    {
        ObjectCatalogue catalogue = new();
        CatalogueEntry entry = catalogue.FindOrNew(Address("a"));

        Assert.Null(catalogue.Find(entry.Address.Id));
        Assert.Empty(catalogue.Entries);
        catalogue.Committed(entry, Existing, 0, isWhole: false);

        Assert.Same(entry, catalogue.Find(entry.Address.Id));
    }

    private static CatalogueEntry Commit(ObjectCatalogue catalogue, string name)
    {
        CatalogueEntry entry = catalogue.FindOrNew(Address(name));
        catalogue.Committed(entry, Existing, 1, isWhole: false);
        return entry;
    }

    private static ObjectAddress Address(string name) => ObjectAddress.OfName("probe", name);
}
