using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

/// <summary>A log with its followers, and what its tests do with them.</summary>
public abstract class ReplicatedLogTestBase : IAsyncLifetime
{
    protected static readonly Caller Administrator = Caller.Of("ops", Caller.Administrator);

    protected TestHost Host { get; } = TestHost.Of(typeof(ReplicatedLog), typeof(LogFollower));

    protected IReplicatedLog Log => Host.Objects.Get<IReplicatedLog>("seeds");

    protected ObjectAddress Leader => Host.Address<IReplicatedLog>("seeds");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Host.DisposeAsync();

    protected static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    protected Task<LogAppended> Append(string id) => Log.Append(Json("1"), id);

    protected ObjectAddress Address(int number) => Host.Address<ILogFollower>($"seeds:{number}");

    protected ILogFollower Follower(int number) => Host.Objects.Get<ILogFollower>($"seeds:{number}");

    protected Task Isolate(int number, bool isolated) =>
        Host.Objects.Get<ILogFollower>($"seeds:{number}", Administrator).Isolate(isolated);

    protected async Task DeleteAsync(ObjectAddress address) =>
        await Host.RunAsync(address, new DeleteTurn { Caller = Administrator }, CancellationToken.None);

    protected async Task<(long First, long Last, long Committed)> First_last_and_committed(int number)
    {
        LogFollowerStatus status = await Follower(number).Status();
        return (status.First, status.Last, status.Committed);
    }

    protected async Task AssertInStep(long last, int replicas = 3, bool known = true)
    {
        LogStatus status = await Log.Status();
        Assert.Equal((last, last), (status.Last, status.Committed));
        string hash = (await Log.Entry(last)).Hash;
        for (int i = 1; i <= replicas; i++)
        {
            LogFollowerStatus follower = await Follower(i).Status();
            Assert.Equal((last, hash, status.First), (follower.Last, follower.Hash, follower.First));
            Assert.Equal(known ? last : 0, follower.Committed);
        }
    }

    protected async Task<string> BookmarkAsync(ObjectAddress address) =>
        (await new ObjectRecovery(Host).ListAsync(address, Administrator, CancellationToken.None)).Current;

    protected async Task ReturnAsync(ObjectAddress address, string bookmark) =>
        await new ObjectRecovery(Host).RestoreAsync(address, bookmark, Administrator, CancellationToken.None);
}
