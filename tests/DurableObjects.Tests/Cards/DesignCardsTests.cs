using System.Text.Json;
using System.Text.Json.Nodes;
using DurableObjects.Cards;
using DurableObjects.Diagnostics;
using DurableObjects.Harness;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Tests.Cards;

public sealed class DesignCardsTests : IDisposable
{
    private readonly Shop _shop = new();
    private readonly ServiceProvider _services;
    private readonly ObjectRuntime _runtime;
    private readonly DesignCards _cards;

    public DesignCardsTests()
    {
        _services = new ServiceCollection().AddScoped(_ => _shop).BuildServiceProvider(validateScopes: true);
        _runtime = new ObjectRuntime(
            new ObjectClasses([typeof(Stock), typeof(Plain), typeof(Broken), typeof(Lacking), typeof(Waking)]), _services, new FakeClock(),
            NullLoggerFactory.Instance, new ObjectRuntimeOptions());
        _cards = new DesignCards(_runtime, TimeSpan.FromHours(36));
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_card_has_these_names_and_no_others()
    {
        JsonNode card = JsonSerializer.SerializeToNode(await _cards.OfAsync("plain"), DesignCard.Json)!;

        Assert.Equal(
            ["durable_object", "performance_characteristics", "coordination_features", "optimization_techniques"], NamesOf(card));
        Assert.Equal(["name", "purpose", "patterns", "storage_schema"], NamesOf(card["durable_object"]!));
        Assert.Equal(
            ["cold_start_ms", "hibernation_savings", "consistency_model", "recovery_window_days"],
            NamesOf(card["performance_characteristics"]!));
        Assert.Equal("plain", (string)card["durable_object"]!["name"]!);
        Assert.Equal(1.5, (double)card["performance_characteristics"]!["recovery_window_days"]!);
    }

    [Fact]
    public async Task The_schema_is_what_the_migrations_make_in_SQLites_own_words()
    {
        StorageSchema schema = (await _cards.OfAsync("stock")).DurableObject.StorageSchema;

        Assert.Equal(
            """
            {"tables":[
            {"name":"item","columns":[
            {"name":"id","type":"INTEGER","primary_key":true,"not_null":false},
            {"name":"name","type":"TEXT","primary_key":false,"not_null":true},
            {"name":"price","type":"","primary_key":false,"not_null":false},
            {"name":"length","type":"INTEGER","primary_key":false,"not_null":false}],
            "indexes":[
            {"name":"item_by_price","unique":false,"columns":["price",null]},
            {"name":"sqlite_autoindex_item_1","unique":true,"columns":["name"]}]},
            {"name":"note","columns":[{"name":"text","type":"","primary_key":false,"not_null":false}],"indexes":[]},
            {"name":"place","columns":[
            {"name":"row","type":"INTEGER","primary_key":true,"not_null":true},
            {"name":"seat","type":"INTEGER","primary_key":true,"not_null":true}],"indexes":[]}]}
            """.ReplaceLineEndings(""),
            JsonSerializer.Serialize(schema, DesignCard.Json));
    }

    [Fact]
    public async Task A_class_without_migrations_has_no_tables() =>
        Assert.Empty((await _cards.OfAsync("plain")).DurableObject.StorageSchema.Tables);

    [Fact]
    public async Task An_object_is_made_for_it_once_with_its_services_and_disposed_with_them()
    {
        await _cards.OfAsync("stock");
        await _cards.OfAsync("stock");

        Assert.Equal(1, _shop.Constructed);
        Assert.Equal(1, _shop.Disposed);
        Assert.True(_shop.IsDisposed);
    }

    [Fact]
    public async Task It_wakes_nobody_counts_nothing_and_leaves_no_file()
    {
        string folder = Directory.CreateTempSubdirectory("empty-object-").FullName;

        StorageSchema schema = await EmptyObject.SchemaAsync(_runtime, _runtime.Classes.Get("waking"), folder);

        Assert.Equal("waking_only", schema.Tables.Single().Name);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder);

        ClassFigures figures = _runtime.Diagnostics.Of("waking").Read();
        Assert.Equal((0, 0, 0), (figures.Wakes, figures.Turns, figures.Commits));
    }

    [Theory]
    [InlineData("broken", "Migration 2 of 'broken' failed")]
    [InlineData("lacking", "Unable to resolve service")]
    public async Task A_class_of_which_no_object_can_be_made_has_no_card(string name, string reason)
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => _cards.OfAsync(name));

        Assert.Equal(500, error.Status);
        Assert.Contains($"The class '{name}' has no card", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_class_has_none_either()
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => _cards.OfAsync("nothing"));

        Assert.Equal((404, ErrorCodes.UnknownClass), (error.Status, error.Code));
    }

    [Fact]
    public async Task Without_figures_nothing_is_said_of_what_would_be_measured()
    {
        CardPerformance performance = (await _cards.OfAsync("plain")).PerformanceCharacteristics;

        Assert.Null(performance.ColdStartMs);
        Assert.Null(performance.HibernationSavings);
    }

    [Fact]
    public async Task While_nothing_has_woken_there_is_no_cold_start()
    {
        CardPerformance performance = await PerformanceAsync(new ClassFigures("plain") { LiveObjects = 0 }, 0);

        Assert.Null(performance.ColdStartMs);
        Assert.Equal(new HibernationSavings(0, 0, null), performance.HibernationSavings);
    }

    [Fact]
    public async Task Cold_starts_are_told_in_milliseconds()
    {
        ClassFigures figures = new("plain")
        {
            ColdStartSeconds = new DurationFigures(7, 0.02) { P50 = 0.0012345678, P95 = 0.002, P99 = 0.25 },
        };

        Assert.Equal(new ColdStarts(1.235, 250, 7), (await PerformanceAsync(figures, 1)).ColdStartMs);
    }

    [Theory]
    [InlineData(4L, 1, 0.75)]
    [InlineData(3L, 1, 0.6667)]
    [InlineData(1L, 2, 0.0)]
    [InlineData(null, 2, null)]
    public async Task What_is_asleep_is_what_exists_and_is_not_in_memory(long? objects, long awake, double? share) =>
        Assert.Equal(
            new HibernationSavings(objects, awake, share),
            (await PerformanceAsync(new ClassFigures("plain") { LiveObjects = awake }, objects)).HibernationSavings);

    [Fact]
    public async Task The_consistency_model_speaks_of_readers_if_there_are_any()
    {
        Assert.Equal("linearizable per object", (await _cards.OfAsync("plain")).PerformanceCharacteristics.ConsistencyModel);
        Assert.Equal(
            "linearizable per object; read-only methods on the last committed state",
            (await _cards.OfAsync("stock")).PerformanceCharacteristics.ConsistencyModel);
    }

    private static IEnumerable<string> NamesOf(JsonNode node) => node.AsObject().Select(property => property.Key);

    private async Task<CardPerformance> PerformanceAsync(ClassFigures figures, long? objects) =>
        (await _cards.OfAsync("plain", figures, objects)).PerformanceCharacteristics;

    public sealed class Shop : IDisposable
    {
        public int Constructed { get; set; }

        public int Disposed { get; set; }

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    [DurableObject("stock")]
    private sealed class Stock : DurableObject, IDisposable
    {
        private readonly Shop _shop;

        public Stock(ObjectContext context, Shop shop)
            : base(context)
        {
            _shop = shop;
            _shop.Constructed++;
        }

        protected internal override IReadOnlyList<string> Migrations =>
        [
            """
            CREATE TABLE item(
                id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, price, length INTEGER AS (length(name)) VIRTUAL);
            CREATE INDEX item_by_price ON item(price, lower(name))
            """,
            """
            CREATE TABLE place(row INTEGER, seat INTEGER, PRIMARY KEY (row, seat)) WITHOUT ROWID;
            CREATE VIRTUAL TABLE note USING fts5(text)
            """,
        ];

        [ReadOnlyMethod]
        public long Count() => Storage.Sql.Exec("SELECT count(*) AS count FROM item").One().Get<long>("count");

        public void Dispose() => _shop.Disposed++;
    }

    [DurableObject("plain")]
    private sealed class Plain(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Storage.Put("a", 1);
    }

    [DurableObject("broken")]
    private sealed class Broken(ObjectContext context) : DurableObject(context)
    {
        protected internal override IReadOnlyList<string> Migrations => ["CREATE TABLE a(x)", "CREATE TABLE a(x)"];
    }

    [DurableObject("lacking")]
    private sealed class Lacking(ObjectContext context, IFormatProvider missing) : DurableObject(context)
    {
        public string? Do() => missing.ToString();
    }

    [DurableObject("waking")]
    private sealed class Waking(ObjectContext context) : DurableObject(context)
    {
        protected internal override IReadOnlyList<string> Migrations => ["CREATE TABLE waking_only(x)"];

        protected internal override ValueTask OnWake() => throw new InvalidOperationException("It must not wake.");
    }
}
