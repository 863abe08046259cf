using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Client;
using DurableObjects.Entities;
using DurableObjects.Functions;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Sockets;
using DurableObjects.FunctionsEngine;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.FunctionsEngine.Sockets;
using DurableObjects.FunctionsHost;
using DurableObjects.SignalRStandIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// Batches and runs at once.
const int concurrency = 32;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://127.0.0.1:7071");
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
await using StandIn signalR = await StandIn.StartAsync(new StandInOptions { Url = "http://127.0.0.1:0" });
builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [Settings.SignalR] = signalR.ConnectionString });
MemoryBlobContainer blobs = new(TimeProvider.System);
TaskHub hub = new(TimeProvider.System, new HubOptions());
builder.Services.AddSingleton<IBlobContainer>(blobs);
builder.Services.AddSingleton<DurableTaskClient>(new HubClient(hub));
builder.Services.AddDurableObjects(builder.Configuration, typeof(ICounter).Assembly);
builder.Services.AddEntities();

await using WebApplication app = builder.Build();
await FunctionsServices.PrepareAsync(app.Services, CancellationToken.None);
EngineFigures figures = new(hub, blobs, signalR);
figures.CountExecutions(app);
app.MapFunctions(typeof(FunctionsServices).Assembly);
new SignalRUpstreamAdapter(
    ActivatorUtilities.CreateInstance<SocketFunctions>(app.Services), StandInOptions.ExampleKey, app.Services.GetService).Map(app);
await using LiveHub live = new(hub, WorkerFunctions.Of(app.Services), concurrency, app.Services.GetRequiredService<ILogger<LiveHub>>());
figures.Map(app, live);
await app.StartAsync();
signalR.Upstream = app.Urls.First() + SignalRUpstreamAdapter.Path;
Console.WriteLine($"The functions listen on {string.Join(", ", app.Urls)}. Ctrl-C stops it.");
await app.WaitForShutdownAsync();
