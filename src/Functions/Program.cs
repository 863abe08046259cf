using DurableObjects.Entities;
using DurableObjects.Functions;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddDurableObjects(builder.Configuration, typeof(ICounter).Assembly);
builder.Services.AddEntities();

using IHost app = builder.Build();
await FunctionsServices.PrepareAsync(app.Services, CancellationToken.None);
await app.RunAsync();
