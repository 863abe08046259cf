using DurableObjects.Archive;
using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Commits;

/// <summary>Says in the journal that an object and its history are gone.</summary>
/// <param name="address">The object.</param>
/// <param name="purged">
/// Called on the journal's thread once the record is durable, before anything that comes behind it: a snapshot of the catalogue
/// may be taken there, and it must not hold the object any more.
/// </param>
internal sealed class PurgeRecord(ObjectAddress address, Action purged) : IJournalRecord
{
    public const byte Kind = 2;

    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the record is durable.</summary>
    public Task Durable => _durable.Task;

    public int Length { get; } = 1 + FieldSize.Address(address);

    public void WriteTo(Span<byte> destination, long position)
    {
        FieldWriter writer = new(destination);
        writer.Byte(Kind);
        writer.Address(address);
    }

    public void OnDurable()
    {
        purged();
        _durable.TrySetResult();
    }

    public void OnFailed(JournalFaultedException error) => _durable.TrySetException(error);

    public static ObjectAddress Read(ReadOnlySpan<byte> payload) => new FieldReader(payload[1..]).Address();
}
