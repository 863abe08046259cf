using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

/// <summary>A document, and what its tests share.</summary>
public abstract class DocumentTest : IAsyncLifetime
{
    protected TestHost Host { get; } = TestHost.Of(typeof(Document));

    protected IDocument Doc => Host.Objects.Get<IDocument>("notes");

    protected ObjectAddress Address => Host.Address<IDocument>("notes");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Host.DisposeAsync();

    protected static JsonElement Json(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    protected static DocumentUpdate Update(string clientId, string changes) => new(clientId, Json(changes));

    protected Task<bool> PushAsync(long version, params IReadOnlyList<string> changes) =>
        Doc.PushUpdates(version, [.. changes.Select(one => Update("ada", one))]);

    /// <summary>Appends a digit to the text by each update.</summary>
    protected async Task TypeAsync(int from, int count)
    {
        for (int i = from; i < from + count; i++)
        {
            Assert.True(await PushAsync(i, $"""[{i},[0,"{i % 10}"]]"""));
        }
    }

    protected Task<TestSocket> ConnectAsync(string clientId, string? name = null)
    {
        Dictionary<string, string> query = new() { ["clientID"] = clientId };
        if (name is not null)
        {
            query["name"] = name;
        }
        return Host.ConnectAsync(Address, query);
    }
}
