// dotnet run --project tests/SignalRStandIn -- --Url http://127.0.0.1:8888 --Upstream "http://127.0.0.1:7071/runtime/webhooks/signalr"

using DurableObjects.SignalRStandIn;

StandInOptions options = new ConfigurationBuilder().AddCommandLine(args).Build().Get<StandInOptions>() ?? new StandInOptions();
await using StandIn standIn = await StandIn.StartAsync(options);
Console.WriteLine($"AzureSignalRConnectionString={standIn.ConnectionString}");
await standIn.WaitAsync();
