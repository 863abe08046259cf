using DurableObjects.BenchHost;
using DurableObjects.Embedded;
using DurableObjects.Entities;

// As the product's own Program does it; only the classes are more.
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
builder.Services.AddSingleton<AlarmCount>();
builder.Services.AddSingleton<StepCount>();
builder.Services.AddDurableObjects(typeof(ICounter).Assembly, typeof(BenchTable).Assembly);
WebApplication app = builder.Build();
app.MapDurableObjects();
app.MapGet("/bench/fired", (AlarmCount count) => count.Value);
app.MapGet("/bench/steps", (StepCount count) => count.Value);
await app.RunAsync();
