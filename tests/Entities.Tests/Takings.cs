namespace DurableObjects.Entities.Tests;

/// <summary>Remembers how many items each signal brought.</summary>
[DurableObject("takings")]
public sealed class Takings(ObjectContext context) : DurableObject(context), ITakings
{
    public Task Take(IReadOnlyList<PolledItem> items)
    {
        Storage.Put("sizes", (int[])[.. Storage.Get<int[]>("sizes") ?? [], items.Count]);
        return Task.CompletedTask;
    }

    public Task<int[]> Sizes() => Task.FromResult(Storage.Get<int[]>("sizes") ?? []);
}

public interface ITakings
{
    Task Take(IReadOnlyList<PolledItem> items);

    Task<int[]> Sizes();
}
