namespace DurableObjects.SignalRStandIn;

/// <summary>
/// Azure SignalR Service in serverless mode, as far as hosts of objects need it and its public documentation tells: clients connect to
/// <c>/client/?hub=…</c> with a token, their events go upstream, and the REST API sends, closes, and keeps groups.
/// </summary>
public sealed class StandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly StandInOptions _options;

    private StandIn(WebApplication app, StandInOptions options) => (_app, _options) = (app, options);

    /// <summary>Where it listens.</summary>
    public Uri Url => new(_app.Urls.First());

    /// <summary>What an app that uses it is given.</summary>
    public string ConnectionString => $"Endpoint={Url.AbsoluteUri};AccessKey={_options.AccessKey};Version=1.0;";

    /// <summary>The connections that are open.</summary>
    public IReadOnlyCollection<string> OpenConnections => [.. _app.Services.GetRequiredService<Connections>().Ids];

    /// <summary>Messages that clients have sent and got so far, without pings.</summary>
    public long Messages => _app.Services.GetRequiredService<Connections>().Messages;

    /// <summary>Where events go, for an app that is started after the stand-in.</summary>
    public string? Upstream
    {
        get => _app.Services.GetRequiredService<Upstream>().Template;
        set => _app.Services.GetRequiredService<Upstream>().Template = value;
    }

    /// <summary>The connections in a group.</summary>
    public IReadOnlyCollection<string> MembersOf(string group) =>
        [.. _app.Services.GetRequiredService<Connections>().Members(group)];

    /// <summary>Starts one.</summary>
    public static async Task<StandIn> StartAsync(StandInOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.WebHost.UseUrls(options.Url);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning);
        builder.Services.AddConnections();
        builder.Services.AddSingleton(options).AddSingleton<Tokens>().AddSingleton<ClientTokens>().AddSingleton<Connections>();
        builder.Services.AddSingleton<RestApi>().AddSingleton<Upstream>().AddSingleton(_ => new HttpClient());
        // Browsers reach the real one from other origins, with credentials.
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(
            policy => policy.SetIsOriginAllowed(_ => true).AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));

        WebApplication app = builder.Build();
        app.UseCors();
        app.UseWebSockets();
        ClientTokens tokens = app.Services.GetRequiredService<ClientTokens>();
        app.Use(next => context => context.Request.Path.StartsWithSegments("/client", StringComparison.Ordinal)
            ? tokens.CheckAsync(context, next)
            : next(context));
        app.MapConnectionHandler<ClientHandler>("/client");
        app.Services.GetRequiredService<RestApi>().Map(app);
        await app.StartAsync();
        return new StandIn(app, options);
    }

    /// <summary>Runs until the process is told to stop.</summary>
    public Task WaitAsync() => _app.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
