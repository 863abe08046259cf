using DurableObjects.Entities;
using DurableObjects.Functions;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddDurableObjects(builder.Configuration, typeof(ICounter).Assembly);
builder.Services.AddCacheSources();

using IHost app = builder.Build();
// Now, so that a setting that cannot be used is found at once.
_ = app.Services.GetRequiredService<CacheSources>();
await FunctionsServices.PrepareAsync(app.Services, CancellationToken.None);
await app.RunAsync();
