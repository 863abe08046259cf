using DurableObjects.Entities;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Calls;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Databases;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Wire;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Harness;
using DurableObjects.Turns;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace DurableObjects.Functions.Tests.Calls;

/// <summary>The host as triggers see it, on a client of the platform that a test answers for.</summary>
public sealed class AzureObjectHostTests : IDisposable
{
    private static readonly ObjectAddress Counter = ObjectAddress.OfName("counter", "hits");

    private readonly FakeClock _clock = new();
    private readonly Mock<DurableTaskClient> _client = new("test");
    private readonly Mock<DurableEntityClient> _entities = new("test");
    private readonly List<(string Operation, CallRequest Request)> _sent = [];
    private readonly CacheFolder _folder = new(Directory.CreateTempSubdirectory("durable-objects-").FullName, NullLogger<CacheFolder>.Instance);
    private readonly PayloadStore _payloads;
    private readonly Readers _readers;
    private readonly AzureObjectHost _host;
    private Task _platform = Task.CompletedTask;
    private ObjectState? _state;

    public AzureObjectHostTests()
    {
        MemoryBlobContainer storage = new(_clock);
        _payloads = new PayloadStore(storage);
        ObjectClasses classes = ObjectClasses.InAssemblies(typeof(ICounter).Assembly);
        AzureHostOptions options = new();
        ObjectRuntime runtime = new(
            classes, new ServiceCollection().BuildServiceProvider(), _clock, NullLoggerFactory.Instance, new ObjectRuntimeOptions());
        BlobArchive archive = new(storage);
        _readers = new Readers(runtime, _folder, archive, options, NullLogger<Readers>.Instance);
        CallServices services = new(
            classes, _readers, archive, _payloads, new AutoResponseBlobs(storage), new BlobCatalogue(storage), new AnswerPace(), new AnswerLooks(), options,
            _clock, NullLogger<AzureObjectHost>.Instance);
        _client.SetupGet(one => one.Entities).Returns(_entities.Object);
        _entities
            .Setup(one => one.SignalEntityAsync(
                ObjectKeys.EntityOf(Counter), It.IsAny<string>(), It.IsAny<object>(), null, It.IsAny<CancellationToken>()))
            .Callback((EntityInstanceId _, string operation, object? input, SignalEntityOptions? _, CancellationToken _) =>
                _sent.Add((operation, (CallRequest)input!)))
            .Returns(Task.CompletedTask);
        _entities
            .Setup(one => one.GetEntityAsync<ObjectState>(It.IsAny<EntityInstanceId>(), true, It.IsAny<CancellationToken>()))
            .Returns(async (EntityInstanceId id, bool _, CancellationToken _) =>
            {
                await _platform;
                return _state is null ? null : new EntityMetadata<ObjectState>(id, _state);
            });
        _host = services.HostOf(_client.Object);
    }

    [Fact]
    public async Task A_call_is_signalled_with_an_id_and_its_answer_is_read_from_the_state_under_it()
    {
        Task<Answer> call = _host.RunAsync(Counter, new CallTurn("increment", default), CancellationToken.None);
        CallRequest request = Assert.Single(_sent).Request;
        Assert.True(request is { IsAwaited: true, Name: "hits" });
        Assert.IsType<CallTurn>(WireJson.Unpack<Turn>(Packed.FromText(request.Turn!)));

        await UntilAsync(() => Looks > 3);
        Assert.False(call.IsCompleted);
        _state = With(request, new Answer { Json = "7"u8.ToArray(), Version = 3 });
        await UntilAsync(() => call.IsCompleted);
        Answer answer = await call;
        Assert.Equal(("7", 3), (System.Text.Encoding.UTF8.GetString(answer.Json.Span), answer.Version));
        Assert.Single(_sent);
    }

    [Fact]
    public async Task A_call_without_an_answer_is_sent_again_under_its_id_and_after_thirty_seconds_it_is_504_and_retryable()
    {
        Task<Answer> call = _host.RunAsync(Counter, new CallTurn("increment", default), CancellationToken.None);
        await UntilAsync(() => call.IsCompleted);
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => call);
        Assert.Equal((504, true), (error.Status, error.Retryable));
        Assert.Contains("Idempotency-Key", error.Message, StringComparison.Ordinal);
        Assert.Single(_sent.Select(one => one.Request.Id).Distinct());
        Assert.InRange(_sent.Count, 2, 4);
    }

    [Fact]
    public async Task An_answer_that_has_left_the_state_is_asked_for_after_a_second()
    {
        _state = new ObjectState { Pushed = _clock.GetUtcNow().ToUnixTimeMilliseconds() };
        Task<Answer> call = _host.RunAsync(Counter, new CallTurn("increment", default), CancellationToken.None);
        DateTimeOffset started = _clock.GetUtcNow();
        await UntilAsync(() => _sent.Count == 2);
        Assert.True(_clock.GetUtcNow() - started >= TimeSpan.FromSeconds(1));
        _state = With(_sent[0].Request, Answer.Nothing);
        await UntilAsync(() => call.IsCompleted);
        await call;
    }

    [Fact]
    public async Task A_hundred_callers_of_one_object_look_together()
    {
        TaskCompletionSource platform = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _platform = platform.Task;
        Task<Answer>[] calls = [.. Enumerable.Range(0, 100).Select(_ =>
            _host.RunAsync(Counter, new CallTurn("increment", default), CancellationToken.None))];
        DateTimeOffset started = _clock.GetUtcNow();
        await UntilAsync(() => _clock.GetUtcNow() - started > TimeSpan.FromSeconds(2));
        // The first has not come back yet.
        Assert.Equal(1, Looks);

        _state = new ObjectState
        {
            Answers = [.. _sent.Select(one => new AnswerMark(one.Request.Id, 0, Packed.ToText(WireJson.Pack(Answer.Nothing)), null))],
        };
        platform.SetResult();
        await UntilAsync(() => calls.All(call => call.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Large_arguments_and_large_answers_go_through_a_payload()
    {
        byte[] arguments = System.Text.Encoding.UTF8.GetBytes($"[\"{Convert.ToHexString(System.Security.Cryptography.SHA512.HashData([1]))}"
            + string.Concat(Enumerable.Range(0, 4_000).Select(i => (i * 7_919_117 % 1_000_003).ToString(System.Globalization.CultureInfo.InvariantCulture)))
            + "\"]");
        Task<Answer> call = _host.RunAsync(Counter, new CallTurn("increment", arguments), CancellationToken.None);
        CallRequest request = Assert.Single(_sent).Request;
        Assert.Null(request.Turn);
        CallTurn turn = (CallTurn)WireJson.Unpack<Turn>(await _payloads.ReadAsync(request.Payload!, CancellationToken.None));
        Assert.Equal(arguments, turn.Arguments.ToArray());

        string answer = await _payloads.WriteAsync(
            "counter", Counter.Id, WireJson.Pack(new Answer { Json = arguments }), CancellationToken.None);
        _state = new ObjectState { Answers = [new AnswerMark(request.Id, 0, null, answer)] };
        await UntilAsync(() => call.IsCompleted);
        Assert.Equal(arguments, (await call).Json.ToArray());
    }

    [Fact]
    public async Task A_one_way_call_waits_for_nothing()
    {
        SignalTurn turn = new(new Signal(Counter, "increment", default));
        Answer answer = await _host.RunAsync(Counter, turn, CancellationToken.None);
        Assert.Null(answer.Error);
        Assert.False(Assert.Single(_sent).Request.IsAwaited);
    }

    [Fact]
    public async Task A_read_of_an_object_that_never_was_is_answered_here_and_leaves_nothing()
    {
        Answer answer = await _host.RunAsync(Counter, new CallTurn("get", default), CancellationToken.None);
        Assert.Equal("0"u8.ToArray(), answer.OrThrow().Json.ToArray());
        Assert.Empty(_sent);
        Assert.Empty(Directory.GetDirectories(_folder.Path));
    }

    [Fact]
    public async Task A_read_that_names_a_version_or_an_idempotency_key_is_a_turn()
    {
        using CancellationTokenSource given = new();
        Task<Answer> call = _host.RunAsync(Counter, new CallTurn("get", default) { IdempotencyKey = "once" }, given.Token);
        Assert.Single(_sent);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task An_object_that_has_no_state_is_not_found_and_has_no_history()
    {
        Assert.Null(await _host.FindAsync(Counter, CancellationToken.None));
        Assert.Null(await _host.HistoryAsync(Counter, CancellationToken.None));
    }

    [Fact]
    public async Task Where_the_platform_cannot_be_reached_it_is_503_and_retryable()
    {
        _entities
            .Setup(one => one.SignalEntityAsync(
                It.IsAny<EntityInstanceId>(), It.IsAny<string>(), It.IsAny<object>(), null, It.IsAny<CancellationToken>()))
            .ThrowsAsync(new InvalidOperationException("no connection"));
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => _host.RunAsync(Counter, new CallTurn("increment", default), CancellationToken.None));
        Assert.Equal((503, true), (error.Status, error.Retryable));
    }

    [Fact]
    public async Task What_a_later_version_of_the_app_wrote_is_refused_and_not_misread()
    {
        _state = new ObjectState { Version = ObjectState.CurrentVersion + 1 };
        await Assert.ThrowsAsync<NotSupportedException>(() => _host.FindAsync(Counter, CancellationToken.None));
    }

    public void Dispose()
    {
        _readers.Dispose();
        _folder.Dispose();
    }

    private int Looks => _entities.Invocations.Count(one => one.Method.Name == nameof(DurableEntityClient.GetEntityAsync));

    private static ObjectState With(CallRequest request, Answer answer) =>
        new() { Answers = [new AnswerMark(request.Id, 0, Packed.ToText(WireJson.Pack(answer)), null)] };

    /// <summary>Lets time pass in small steps until something has come about; whoever waits goes on in between, on threads of the pool.</summary>
    private async Task UntilAsync(Func<bool> condition)
    {
        const int TooMany = 1_000_000;
        for (int i = 0; !condition(); i++)
        {
            Assert.True(i < TooMany, "It does not come about.");
            if (i % 100 == 0)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(20));
            }
            await Task.Yield();
        }
    }
}
