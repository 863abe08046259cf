using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace AzureReference.Tests;

public sealed class EntityMetadataTests
{
    private static readonly EntityInstanceId Id = new("object", "key");

    [Fact]
    public void The_state_is_there_if_it_was_read()
    {
        EntityMetadata<string> read = new(Id, "state");

        Assert.True(read.IncludesState);
        Assert.Equal("state", read.State);
    }

    [Fact]
    public void A_state_that_was_not_read_is_not_taken_for_an_empty_one()
    {
        EntityMetadata<string> read = new(Id);

        Assert.False(read.IncludesState);
        Assert.Throws<InvalidOperationException>(() => read.State);
    }

    [Fact]
    public void An_untyped_state_is_read_as_what_it_holds()
    {
        EntityMetadata read = new(Id, new SerializedData("[1,2]"));

        Assert.Equal([1, 2], read.State.ReadAs<int[]>());
    }

    [Fact]
    public void There_is_no_entity_without_an_id()
    {
        Assert.Throws<ArgumentException>(() => new EntityMetadata<string>(default));
    }
}
