// the page

public sealed record Receipt(long Number, DateTimeOffset At);

public interface IBlog
{
    Task<long> Post(string text);

    Task Remove(long number);
}

[Activity("announce")]
public sealed class Announce : Activity<long, Nothing>
{
    protected override Task<Nothing> RunAsync(ActivityContext context, long number) => Task.FromResult(default(Nothing)!);
}
