using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>A record that remembers what became of it.</summary>
internal sealed class TestRecord(byte[] payload) : IJournalRecord
{
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Payload => payload;

    public long Position { get; private set; } = -1;

    public Action? Writing { get; init; }

    public Action<TestRecord>? Ended { get; init; }

    /// <summary>Completes when the record is durable, fails when it failed.</summary>
    public Task Durable => _durable.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public bool IsDurable => _durable.Task.IsCompletedSuccessfully;

    public int Length => payload.Length;

    public void WriteTo(Span<byte> destination, long position)
    {
        Writing?.Invoke();
        Position = position;
        payload.CopyTo(destination);
    }

    public void OnDurable()
    {
        _durable.SetResult();
        Ended?.Invoke(this);
    }

    public void OnFailed(JournalFaultedException error)
    {
        _durable.SetException(error);
        Ended?.Invoke(this);
    }
}
