using System.Text;
using DurableObjects.Cards;
using DurableObjects.Diagnostics;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Webhooks;
using DurableObjects.Workflows;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace DurableObjects.Http.Tests;

/// <summary>The endpoints over a mocked host, and a request to give them.</summary>
public abstract class EndpointTest
{
    private static readonly byte[] Key = new byte[SocketTickets.KeyBytes];

    private protected EndpointTest()
    {
        Host.Setup(host => host.Classes).Returns(new ObjectClasses([typeof(Room)]));
        Callers.Setup(callers => callers.ResolveAsync(It.IsAny<HttpRequest>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => Caller);
        Figures.Setup(figures => figures.Of("room")).Returns(new ClassFigures("room"));
        Figures.Setup(figures => figures.Host).Returns([]);
        Cards = new DesignCards(
            new ObjectRuntime(
                Host.Object.Classes, new ServiceCollection().BuildServiceProvider(), TimeProvider.System, NullLoggerFactory.Instance,
                new ObjectRuntimeOptions()),
            TimeSpan.FromDays(7));
        Tickets = new SocketTickets(Key, Clock);
        Endpoints = EndpointsWith();
        Request = new DefaultHttpContext().Request;
        Request.Scheme = "http";
        Request.Host = new HostString("localhost", 7071);
    }

    private protected Mock<IObjectHost> Host { get; } = new(MockBehavior.Strict);

    private protected ByteBudget Budget { get; init; } = new(64 * Limits.RequestBytes);

    private protected Mock<ICallerResolver> Callers { get; } = new(MockBehavior.Strict);

    private protected Mock<IFigureSource> Figures { get; } = new(MockBehavior.Strict);

    private protected Caller Caller { get; set; } = Caller.Of("ann", Caller.Administrator);

    private protected SettableClock Clock { get; } = new();

    private protected RecordingLogger<ObjectEndpoints> Log { get; } = new();

    private protected Mock<IWorkflowHost> Workflows { get; } = new(MockBehavior.Loose);

    private protected WebhookRefusals Refusals { get; } = new();

    private protected WebhookSources Sources { get; } = WebhookSources.From(new ConfigurationBuilder().AddInMemoryCollection(
    [
        new("Webhooks:Sources:shop:Scheme", "github"), new("Webhooks:Sources:shop:Secrets:0", "secret"),
    ]).Build());

    private protected DesignCards Cards { get; }

    private protected SocketTickets Tickets { get; }

    private protected ObjectEndpoints Endpoints { get; }

    private protected HttpRequest Request { get; }

    /// <summary>The object that the host was last given a turn for.</summary>
    private protected ObjectAddress? Address { get; private set; }

    /// <summary>The turn that the host was last given.</summary>
    private protected Turn? Turn { get; private set; }

    private protected ObjectEndpoints EndpointsWith(params IEnumerable<IHealthProbe> probes) => new(
        Host.Object, Budget, Callers.Object, Tickets, new HubNegotiator(), probes, Figures.Object, Cards, Workflows.Object,
        Sources, Refusals, TimeProvider.System, Log);

    private protected void HostAnswers(Answer answer) => Host
        .Setup(host => host.RunAsync(It.IsAny<ObjectAddress>(), It.IsAny<Turn>(), It.IsAny<CancellationToken>()))
        .Callback((ObjectAddress address, Turn turn, CancellationToken _) => (Address, Turn) = (address, turn))
        .ReturnsAsync(answer);

    private protected void HostThrows(Exception error) => Host
        .Setup(host => host.RunAsync(It.IsAny<ObjectAddress>(), It.IsAny<Turn>(), It.IsAny<CancellationToken>()))
        .ThrowsAsync(error);

    private protected void HostHas(ObjectEntry? entry) => Host
        .Setup(host => host.FindAsync(It.IsAny<ObjectAddress>(), It.IsAny<CancellationToken>()))
        .ReturnsAsync(entry);

    private protected void HostRunsNothing() => Host.Verify(
        host => host.RunAsync(It.IsAny<ObjectAddress>(), It.IsAny<Turn>(), It.IsAny<CancellationToken>()), Times.Never);

    private protected void Body(string text, string? contentType = "application/json") =>
        Body(Encoding.UTF8.GetBytes(text), contentType);

    private protected void Body(byte[] bytes, string? contentType)
    {
        Request.Body = new MemoryStream(bytes);
        Request.ContentLength = bytes.Length;
        Request.ContentType = contentType;
    }

    private protected Task<Reply> CallAsync(string method = "post", string key = "lobby", string className = "room")
    {
        Request.Method = "POST";
        return ReplyAsync(Endpoints.CallAsync(Request, className, key, method, default));
    }

    private protected Task<Reply> ReadAsync(string method = "history")
    {
        Request.Method = "GET";
        return ReplyAsync(Endpoints.ReadAsync(Request, "room", "lobby", method, default));
    }

    private protected async Task<Reply> ReplyAsync(Task<IResult> result) =>
        await Reply.OfAsync(Request.HttpContext, await result);

    private protected static Answer Json(string json) => new() { Json = Encoding.UTF8.GetBytes(json) };

    private protected static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
