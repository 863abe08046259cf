using System.Text;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

/// <summary>A coordinator, of whose polls the test is the other side. What polls do is in PollActivityTests.</summary>
public abstract class PollCoordinatorTestBase : IAsyncLifetime
{
    protected const string Url = "https://cameras.example/7";

    protected static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    // Workflows are not run: a test is the poll.
    protected TestHost Host { get; } = new([typeof(PollCoordinator), typeof(Takings)]) { DeliversAutomatically = false };

    protected HashSet<string> Begun { get; } = [];

    protected IPollCoordinator Coordinator => Host.Objects.Get<IPollCoordinator>("north");

    protected IPollRuns Runs => Host.Objects.Get<IPollRuns>(Address, Caller.Of("workflow:test", Caller.Workflow));

    protected ObjectAddress Address => Host.Address<IPollCoordinator>("north");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Host.DisposeAsync();

    protected static PollAnswer Success(string body) =>
        new() { Status = 200, MediaType = "application/json", Body = Encoding.UTF8.GetBytes(body) };

    /// <summary>Polls that were asked for and have not begun, as far as the test is concerned.</summary>
    protected List<string> Waiting() =>
    [
        .. Host.WaitingSignals.Select(signal => signal.Receiver.Name ?? "")
            .Where(name => name.StartsWith("poll-", StringComparison.Ordinal) && !Begun.Contains(name)),
    ];

    protected async Task<string> BeginAsync()
    {
        await PermitAsync();
        return Begun.Last();
    }

    protected async Task<PollPermit> PermitAsync()
    {
        string poll = Waiting()[0];
        Begun.Add(poll);
        return (await Runs.Begin(poll))!;
    }

    protected async Task AnswerAsync(PollAnswer answer) => await Runs.Finish(await BeginAsync(), answer);

    protected Task AnswerAsync(string body) => AnswerAsync(Success(body));

    protected Task<IReadOnlyList<Answer>> AdvanceAsync(double seconds) => Host.AdvanceAsync(TimeSpan.FromSeconds(seconds));
}
