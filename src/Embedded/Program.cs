using DurableObjects;
using DurableObjects.Embedded;
using DurableObjects.Embedded.Journal;
using DurableObjects.Entities;

Dictionary<string, string> switches = new()
{
    ["--data"] = $"{EmbeddedHostOptions.Section}:Data",
    ["--api-key"] = $"{EmbeddedHostOptions.Section}:ApiKeys:0",
};
try
{
    // The settings are read once. Waiting for changes of their file would mean to hear of every file below this folder, and the data
    // folder is there by default.
    WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
    builder.Configuration.AddInMemoryCollection([new("urls", builder.Configuration["urls"] ?? "http://127.0.0.1:7071")]);
    builder.Configuration.AddCommandLine(args, switches);
    builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
    // They log what an object refuses a client as errors of the host, with their stacks. Real ones the hub logs itself.
    builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None);
    builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.HubConnectionHandler", LogLevel.None);
    builder.Services.AddDurableObjects(typeof(ICounter).Assembly);
    builder.Services.AddEntities();

    using CardCommand? card = CardCommand.Of(args, builder.Configuration);

    await using WebApplication app = builder.Build();
    if (card is not null)
    {
        await card.RunAsync(app.Services, Console.Out);
        return 0;
    }
    app.MapDurableObjects();
    app.Lifetime.ApplicationStarted.Register(() => StartupBanner.Print(app));
    await app.RunAsync();
    return 0;
}
catch (Exception error) when (error is InvalidOperationException or ArgumentException or JournalCorruptException
    or NotSupportedException or IOException or UnauthorizedAccessException or DurableObjectException)
{
    // Said by the host itself for whoever started it: the folder is taken, the address is open to others, the journal is damaged.
    Console.Error.WriteLine(error.Message);
    return 1;
}
