using DurableObjects.Hosting;
using DurableObjects.Workflows;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DurableObjects.Embedded;

/// <summary>What the program says once it listens.</summary>
internal static class StartupBanner
{
    public static void Print(WebApplication app)
    {
        EmbeddedHostOptions options = app.Services.GetRequiredService<EmbeddedHostOptions>();
        string address = app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";
        string classes = string.Join(", ", app.Services.GetRequiredService<IObjectHost>().Classes.All
            .Where(one => !one.IsRuntime).Select(one => one.Name));
        string workflows = string.Join(", ", app.Services.GetRequiredService<IWorkflowHost>().Classes.Workflows);
        const string Json = "-H 'Content-Type: application/json' -d";
        string key = options.ApiKeys.Count > 0 ? " -H 'x-functions-key: <key>'" : "";
        Console.WriteLine(
            $"""

            Durable Objects listen on {address}
            data     {Path.GetFullPath(options.Data)}
            classes  {classes}
            flows    {workflows}

            Try, in another terminal:
              curl -X POST{key} {address}/api/objects/counter/hits/increment
              curl -X POST{key} {address}/api/objects/chat-room/lobby/post {Json} '{"{"}"author":"ann","text":"hello"{"}"}'
              curl{key} {address}/api/objects/counter

            Ctrl-C stops it.
            """);
    }
}
