using DurableObjects.Embedded.Objects;

namespace DurableObjects.Embedded.Tests.Objects;

public class OutputGateTests
{
    private static readonly IOException Strike = new("The disk is on strike.");
    private readonly Lock _lock = new();
    private readonly List<string> _released = [];
    private readonly OutputGate _gate = new(5);

    [Fact]
    public void What_saw_only_durable_commits_leaves_at_once()
    {
        Hold(5, "a");
        Hold(0, "b");

        Assert.Equal(["a", "b"], Released());
    }

    [Fact]
    public async Task What_saw_more_waits_and_what_comes_after_it_keeps_behind_it()
    {
        Hold(6, "a");
        Hold(5, "b");
        Hold(7, "c");
        Hold(6, "d");

        Assert.Empty(Released());
        Assert.False(_gate.IsClear);
        _gate.Durable(6);
        await TestBed.UntilAsync(() => Released().Count == 2);
        Assert.Equal(["a", "b"], Released());
        _gate.Durable(7);
        await TestBed.UntilAsync(() => _gate.IsClear);

        Assert.Equal(["a", "b", "c", "d"], Released());
    }

    [Fact]
    public async Task What_comes_while_others_are_being_released_keeps_behind_them()
    {
        using Tests.Journal.Gate hold = new();
        _gate.Release(6, _ =>
        {
            hold.Pass();
            Note("a");
        });
        _gate.Durable(6);

        Hold(5, "b");
        Assert.Empty(Released());
        Assert.False(_gate.IsClear);
        hold.Open();
        await TestBed.UntilAsync(() => _gate.IsClear);

        Assert.Equal(["a", "b"], Released());
    }

    [Fact]
    public async Task When_a_commit_fails_those_before_it_may_still_become_durable_and_those_after_it_fail()
    {
        Hold(6, "six");
        Hold(7, "seven");
        Hold(6, "again six");
        Hold(8, "eight");

        _gate.Failed(7, Strike);
        Assert.True(_gate.HasFailed);
        Assert.Empty(Released());
        _gate.Durable(6);
        await TestBed.UntilAsync(() => _gate.IsClear);
        Hold(6, "late six");
        Hold(9, "late nine");

        Assert.Equal(["six", "seven: strike", "again six", "eight: strike", "late six", "late nine: strike"], Released());
    }

    [Fact]
    public async Task The_first_failure_is_the_reason_and_the_earliest_commit_the_limit()
    {
        Hold(6, "six");
        _gate.Failed(8, new IOException("later"));
        Assert.Empty(Released());

        _gate.Failed(6, Strike);
        await TestBed.UntilAsync(() => _gate.IsClear);

        Assert.Equal(["six: later"], Released());
    }

    [Fact]
    public async Task Every_release_comes_exactly_once_and_in_order_whatever_the_threads_do()
    {
        List<long> released = [];
        OutputGate gate = new(0);
        Task journal = Task.Run(() =>
        {
            for (long commit = 1; commit <= 5_000; commit++)
            {
                gate.Durable(commit);
            }
        });
        for (long commit = 1; commit <= 5_000; commit++)
        {
            long number = commit;
            gate.Release(number, _ => released.Add(number));
        }
        await journal;
        await TestBed.UntilAsync(() => gate.IsClear);

        Assert.Equal(Enumerable.Range(1, 5_000).Select(i => (long)i), released);
    }

    private void Hold(long commit, string name) =>
        _gate.Release(commit, failure => Note(failure is null ? name : $"{name}: {failure.Message.Split(' ')[^1].TrimEnd('.')}"));

    private void Note(string text)
    {
        lock (_lock)
        {
            _released.Add(text);
        }
    }

    private List<string> Released()
    {
        lock (_lock)
        {
            return [.. _released];
        }
    }
}
