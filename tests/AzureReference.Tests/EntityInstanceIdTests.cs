using System.Text.Json;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace AzureReference.Tests;

public sealed class EntityInstanceIdTests
{
    [Fact]
    public void The_name_is_lower_case_and_the_key_is_kept()
    {
        EntityInstanceId id = new("Object", "Key");

        Assert.Equal("object", id.Name);
        Assert.Equal("Key", id.Key);
        Assert.Equal("@object@Key", id.ToString());
    }

    [Fact]
    public void Ids_are_equal_whatever_the_case_of_the_name_but_not_of_the_key()
    {
        Assert.Equal(new EntityInstanceId("object", "Key"), new EntityInstanceId("OBJECT", "Key"));
        Assert.NotEqual(new EntityInstanceId("object", "Key"), new EntityInstanceId("object", "key"));
    }

    [Theory]
    [InlineData("@object@Key", "Key")]
    [InlineData("@OBJECT@a@b", "a@b")]
    [InlineData("@object@", "")]
    public void An_id_is_read_from_its_text(string text, string key)
    {
        Assert.Equal(new EntityInstanceId("object", key), EntityInstanceId.FromString(text));
    }

    [Theory]
    [InlineData("object@key")]
    [InlineData("@object")]
    [InlineData("@@key")]
    [InlineData("@")]
    [InlineData("")]
    public void A_text_of_another_form_is_refused(string text)
    {
        Assert.ThrowsAny<ArgumentException>(() => EntityInstanceId.FromString(text));
    }

    [Fact]
    public void A_name_holds_no_separator()
    {
        Assert.Throws<ArgumentException>(() => new EntityInstanceId("a@b", "key"));
    }

    [Fact]
    public void An_id_is_a_text_in_JSON()
    {
        EntityInstanceId id = new("object", "Key");

        Assert.Equal("\"@object@Key\"", JsonSerializer.Serialize(id));
        Assert.Equal(id, JsonSerializer.Deserialize<EntityInstanceId>("\"@object@Key\""));
    }

    [Theory]
    [InlineData("Object", "@object")]
    [InlineData("@Object@Key", "@object@Key")]
    [InlineData("Object@Key", "@object@Key")]
    public void A_query_takes_the_name_in_any_case(string prefix, string sent)
    {
        Assert.Equal(sent, new EntityQuery { InstanceIdStartsWith = prefix }.InstanceIdStartsWith);
    }
}
