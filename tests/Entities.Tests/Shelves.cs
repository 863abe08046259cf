using System.Text.Json.Nodes;

namespace DurableObjects.Entities.Tests;

/// <summary>An event-sourced class in two versions, as before and after a deployment. A stream is an item on the shelf.</summary>
public interface IShelf : IEventSourced
{
    Task<long> Put(int count, string item = "", long? expectedVersion = null);

    Task<long> Take(int count, string item = "");

    Task<int> Count(string item = "");

    Task<IReadOnlyList<string>> Totals();

    Task<IReadOnlyList<string>> Sql(string sql);

    Task<int> TryTwo();

    Task<int> TryWhatCannotBeProjected();

    Task<long> Note(string text);

    Task Wake(DateTimeOffset? at);
}

public sealed record ShelfState(int Count, string Note = "");

public abstract record ShelfEvent;

public sealed record ItemPut(int Count) : ShelfEvent;

public sealed record ItemTaken(int Count) : ShelfEvent;

public sealed record ItemNoted(string Text) : ShelfEvent;

public sealed record ItemsMoved(int Change, string Unit) : ShelfEvent;

public abstract class ShelfBase(ObjectContext context) : EventSourcedObject<ShelfState, ShelfEvent>(context), IShelf
{
    protected override ShelfState Initial { get; } = new(0);

    protected override int SnapshotEvery => 5;

    protected override int RebuildEvents => 10;

    public Task<long> Put(int count, string item = "", long? expectedVersion = null) =>
        Task.FromResult(Append(Moved(count), item, expectedVersion).Position);

    public Task<long> Take(int count, string item = "")
    {
        long position = Append(Moved(-count), item).Position;
        return StateOf(item).Count >= 0 ? Task.FromResult(position) : throw new DurableObjectException(409, "sold-out", "There is less.");
    }

    [ReadOnlyMethod]
    public Task<int> Count(string item = "") => Task.FromResult(StateOf(item).Count);

    [ReadOnlyMethod]
    public Task<IReadOnlyList<string>> Totals() => Sql($"SELECT * FROM {Table("total")} ORDER BY item");

    public Task<IReadOnlyList<string>> Sql(string sql) =>
        Task.FromResult<IReadOnlyList<string>>([.. Storage.Sql.Exec(sql).Raw().Select(row => string.Join(' ', row))]);

    public Task<int> TryTwo()
    {
        Append(Moved(1));
        try
        {
            Storage.Transaction(() =>
            {
                Append(Moved(100));
                throw new InvalidOperationException();
            });
        }
        catch (InvalidOperationException)
        {
        }
        Append(Moved(2));
        return Task.FromResult(State.Count);
    }

    public Task<int> TryWhatCannotBeProjected()
    {
        Assert.Throws<DurableObjectException>(() => Append(Moved(int.MaxValue)));
        Append(Moved(2));
        return Task.FromResult(State.Count);
    }

    public Task<long> Note(string text) => Task.FromResult(Append(new ItemNoted(text)).Position);

    public Task Wake(DateTimeOffset? at)
    {
        SetTimer(at);
        return Task.CompletedTask;
    }

    protected override ValueTask OnTimer(AlarmInfo alarm)
    {
        Append(new ItemNoted($"{Context.Now.ToUnixTimeMilliseconds()}"));
        return ValueTask.CompletedTask;
    }

    protected override ShelfState Apply(ShelfState state, ShelfEvent @event) => @event switch
    {
        ItemPut put => state with { Count = state.Count + put.Count },
        ItemTaken taken => state with { Count = state.Count - taken.Count },
        ItemsMoved moved => state with { Count = state.Count + moved.Change },
        ItemNoted noted => state with { Note = noted.Text.StartsWith('+') ? state.Note + noted.Text : noted.Text },
        _ => throw new InvalidOperationException(),
    };

    protected abstract ShelfEvent Moved(int change);

    protected static int ChangeOf(ShelfEvent @event) => @event switch
    {
        ItemPut put => put.Count,
        ItemTaken taken => -taken.Count,
        ItemsMoved moved => moved.Change,
        _ => 0,
    };
}

[DurableObject("shelf")]
public sealed class ShelfBefore(ObjectContext context) : ShelfBase(context)
{
    private static readonly EventTypes<ShelfEvent> AllTypes =
        new EventTypes<ShelfEvent>().Add<ItemPut>("put").Add<ItemTaken>("taken").Add<ItemNoted>("noted");

    protected override EventTypes<ShelfEvent> Types => AllTypes;

    protected override IReadOnlyList<Projection> Projections =>
        [new("total", "CREATE TABLE {table}(item TEXT PRIMARY KEY, count INTEGER NOT NULL CHECK (count < 2147483647))")];

    protected override ShelfEvent Moved(int change) => change >= 0 ? new ItemPut(change) : new ItemTaken(-change);

    protected override void Project(RecordedEvent<ShelfEvent> recorded) => Storage.Sql.Exec(
        $"INSERT INTO {Table("total")} VALUES (?, ?) ON CONFLICT(item) DO UPDATE SET count = count + excluded.count",
        recorded.Stream, ChangeOf(recorded.Event));
}

/// <summary>Puts and takings have become one event with a unit, and the projection has gained a column.</summary>
[DurableObject("shelf")]
public sealed class ShelfAfter(ObjectContext context) : ShelfBase(context)
{
    private static readonly EventTypes<ShelfEvent> AllTypes = new EventTypes<ShelfEvent>()
        .Add<ItemsMoved>("moved")
        .AddFormer<ItemsMoved>("put", data => Change(data, 1))
        .AddFormer<ItemsMoved>("taken", data => Change(data, -1))
        .Add<ItemNoted>(
            "noted", data => new JsonObject { ["remark"] = data["text"]!.DeepClone() },
            data => new JsonObject { ["text"] = $"{data["remark"]}!" });

    protected override IReadOnlyList<string> Migrations => [.. base.Migrations, EventSourcing.ProjectionsChanged];

    protected override EventTypes<ShelfEvent> Types => AllTypes;

    protected override IReadOnlyList<Projection> Projections =>
        [new("total", "CREATE TABLE {table}(item TEXT PRIMARY KEY, count INTEGER NOT NULL, moves INTEGER NOT NULL)")];

    protected override ShelfEvent Moved(int change) => new ItemsMoved(change, "pieces");

    protected override void Project(RecordedEvent<ShelfEvent> recorded) => Storage.Sql.Exec(
        $"""
        INSERT INTO {Table("total")} VALUES (?, ?, 1)
        ON CONFLICT(item) DO UPDATE SET count = count + excluded.count, moves = moves + 1
        """, recorded.Stream, ChangeOf(recorded.Event));

    private static JsonObject Change(JsonObject data, int sign) =>
        new() { ["change"] = sign * (int)data["count"]!, ["unit"] = "pieces" };
}
