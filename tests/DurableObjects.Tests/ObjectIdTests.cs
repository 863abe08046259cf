namespace DurableObjects.Tests;

public sealed class ObjectIdTests
{
    [Fact]
    public void An_id_from_a_name_is_always_the_same_and_differs_by_name_and_class()
    {
        Assert.Equal(ObjectId.FromName("room", "lobby"), ObjectId.FromName("room", "lobby"));
        Assert.NotEqual(ObjectId.FromName("room", "lobby"), ObjectId.FromName("room", "lobby2"));
        Assert.NotEqual(ObjectId.FromName("room", "lobby"), ObjectId.FromName("house", "lobby"));
    }

    [Fact]
    public void An_id_from_a_name_is_the_same_in_every_version_of_this_library() => Assert.Equal(
        "41d1af8bf20b2aa6215f37a51dff42f6a8aa00ecdab3fceda74863e509d22b92", ObjectId.FromName("counter", "a").ToString());

    [Fact]
    public void Unique_ids_do_not_repeat() =>
        Assert.Equal(10_000, Enumerable.Range(0, 10_000).Select(_ => ObjectId.Unique("room")).Distinct().Count());

    [Fact]
    public void An_id_is_64_lower_case_hex_digits_and_reads_back_from_them_in_either_case_and_from_its_bytes()
    {
        ObjectId id = ObjectId.Unique("room");
        Assert.Matches("^[0-9a-f]{64}$", id.ToString());
        Assert.Equal(id, ObjectId.Parse("room", id.ToString()));
        Assert.Equal(id, ObjectId.Parse("room", id.ToString().ToUpperInvariant()));
        Assert.Equal(id, ObjectId.FromBytes(id.ToByteArray()));
        Assert.Equal(id.GetHashCode(), ObjectId.FromBytes(id.ToByteArray()).GetHashCode());
    }

    [Fact]
    public void An_id_of_another_class_is_refused_whether_from_a_name_or_unique()
    {
        foreach (ObjectId id in (ObjectId[])[ObjectId.FromName("room", "lobby"), ObjectId.Unique("room")])
        {
            DurableObjectException error = Assert.Throws<DurableObjectException>(() => ObjectId.Parse("house", id.ToString()));
            Assert.Equal((404, ErrorCodes.UnknownObject), (error.Status, error.Code));
            Assert.Contains("'house'", error.Message, StringComparison.Ordinal);
            Assert.True(id.IsOf("room"));
            Assert.False(id.IsOf("house"));
        }
    }

    [Fact]
    public void An_id_with_one_digit_changed_is_refused()
    {
        string text = ObjectId.Unique("room").ToString();
        for (int i = 0; i < text.Length; i++)
        {
            string changed = text[..i] + (text[i] == '0' ? '1' : '0') + text[(i + 1)..];
            Assert.Throws<DurableObjectException>(() => ObjectId.Parse("room", changed));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("zz45d24c1ae8e1d2d2a1b4c5d6e7f8090a1b2c3d4e5f60718293a4b5c6d7e8f9")]
    [InlineData("0x45d24c1ae8e1d2d2a1b4c5d6e7f8090a1b2c3d4e5f60718293a4b5c6d7e8f9")]
    [InlineData(" 945d24c1ae8e1d2d2a1b4c5d6e7f8090a1b2c3d4e5f60718293a4b5c6d7e8f9")]
    [InlineData("0945d24c1ae8e1d2d2a1b4c5d6e7f8090a1b2c3d4e5f60718293a4b5c6d7e8f90")]
    public void Malformed_text_is_no_id(string text)
    {
        DurableObjectException error = Assert.Throws<DurableObjectException>(() => ObjectId.Parse("room", text));
        Assert.Equal((400, ErrorCodes.InvalidArgument), (error.Status, error.Code));
        Assert.Contains("64 hex digits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_sort_as_their_text_does()
    {
        List<ObjectId> ids = [.. Enumerable.Range(0, 200).Select(_ => ObjectId.Unique("room"))];
        Assert.Equal(ids.Order().Select(id => id.ToString()), ids.Select(id => id.ToString()).Order(StringComparer.Ordinal));
        Assert.True(ids.Order().First() < ids.Order().Last());
    }

    [Fact]
    public void A_key_is_a_name_or_an_id_with_its_prefix()
    {
        ObjectAddress named = ObjectAddress.OfKey("room", "lobby");
        Assert.Equal(("lobby", "lobby", "room/lobby"), (named.Name, named.Key, named.ToString()));
        ObjectAddress unique = new("room", ObjectId.Unique("room"), null);
        Assert.Equal(unique, ObjectAddress.OfKey("room", unique.Key));
        Assert.Throws<DurableObjectException>(() => ObjectAddress.OfKey("house", unique.Key));
        Assert.Throws<DurableObjectException>(() => ObjectAddress.OfKey("room", "id:abc"));
    }
}
