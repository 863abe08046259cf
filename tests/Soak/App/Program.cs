using DurableObjects.Embedded;
using DurableObjects.Entities;
using DurableObjects.Soak;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
// They log what an object refuses a client as errors of the host; the soak expects none but those of cut connections.
builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR", LogLevel.None);
builder.Services.AddSingleton(new ProcessRun(Guid.NewGuid().ToString("n")));
builder.Services.AddDurableObjects(typeof(Ledger).Assembly, typeof(ICounter).Assembly);

WebApplication app = builder.Build();
app.MapDurableObjects();
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("The soak's host is ready."));
await app.RunAsync();
