using DurableObjects.Functions.Calls;

namespace DurableObjects.Functions.Tests.Calls;

public sealed class AnswerPaceTests
{
    private readonly AnswerPace _pace = new();

    [Theory]
    [InlineData(15)]
    [InlineData(60)]
    [InlineData(200)]
    public void The_first_look_comes_about_when_answers_have_been_there_lately(int milliseconds)
    {
        (double waited, double looks) = Learn(TimeSpan.FromMilliseconds(milliseconds));
        Assert.InRange(waited, milliseconds, 1.5 * milliseconds + 5);
        Assert.InRange(looks, 1, 2);
    }

    [Fact]
    public void One_that_took_seconds_since_a_worker_had_to_start_says_little_about_the_next()
    {
        Learn(TimeSpan.FromMilliseconds(40));
        _pace.Found(TimeSpan.FromSeconds(8), looks: 12);
        Assert.InRange(_pace.Typical.TotalMilliseconds, 40, 100);
    }

    [Fact]
    public void Looks_become_rarer_and_never_cease()
    {
        TimeSpan[] distances = [.. Enumerable.Range(1, 60).Select(_pace.Before)];
        Assert.Equal(distances.Order(), distances);
        Assert.Equal(AnswerPace.Longest, distances[^1]);
        // A caller who waits for half a minute looks some hundred times at most.
        Assert.InRange(distances.TakeWhile((_, i) => distances.Take(i).Sum(one => one.TotalSeconds) < 30).Count(), 20, 100);
    }

    /// <summary>Calls whose answers are always there after the same time; what the last hundred waited and looked on average.</summary>
    private (double Waited, double Looks) Learn(TimeSpan there)
    {
        List<(double Waited, int Looks)> calls = [];
        for (int i = 0; i < 300; i++)
        {
            TimeSpan waited = TimeSpan.Zero;
            int looks = 0;
            while (looks == 0 || waited < there)
            {
                waited += _pace.Before(looks++);
            }
            _pace.Found(waited, looks);
            calls.Add((waited.TotalMilliseconds, looks));
        }
        return (calls.TakeLast(100).Average(one => one.Waited), calls.TakeLast(100).Average(one => one.Looks));
    }
}
