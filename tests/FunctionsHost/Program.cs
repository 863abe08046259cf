using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Client;
using DurableObjects.Entities;
using DurableObjects.Functions;
using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Sockets;
using DurableObjects.FunctionsEngine;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.FunctionsHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// Operations and runs at once, as one worker of the product has them.
const int concurrency = 32;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://127.0.0.1:7071");
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
TaskHub hub = new(TimeProvider.System, new HubOptions());
builder.Services.AddSingleton<IBlobContainer>(new MemoryBlobContainer(TimeProvider.System));
builder.Services.AddSingleton<DurableTaskClient>(new HubClient(hub));
builder.Services.AddDurableObjects(builder.Configuration, typeof(ICounter).Assembly);

await using WebApplication app = builder.Build();
await FunctionsServices.PrepareAsync(app.Services, CancellationToken.None);
app.MapFunctions(typeof(FunctionsServices).Assembly);
await using LiveHub live = new(hub, WorkerFunctions.Of(app.Services), concurrency, app.Services.GetRequiredService<ILogger<LiveHub>>());
await app.StartAsync();
Console.WriteLine($"The functions listen on {string.Join(", ", app.Urls)}. Ctrl-C stops it.");
await app.WaitForShutdownAsync();
