using System.Text.Json;
using System.Text.Json.Serialization;
using DurableObjects.Archive;
using DurableObjects.Functions.Wire;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Objects;

/// <summary>
/// The state of an object's entity: where the object stands, its newest commits, and what is to leave once this state is committed. Its
/// text never has more than <see cref="MaxCharacters"/>, however long the object lives: past 30,720 characters Durable Functions
/// would move it into a blob, at one more round trip for each operation and each look at it.
/// </summary>
public sealed record ObjectState
{
    /// <summary>Characters of the state's text at most.</summary>
    public const int MaxCharacters = 24_000;

    /// <summary>The version of this shape. A worker refuses what a later version wrote, instead of misreading it.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of the shape that this was written in.</summary>
    [JsonPropertyName("v")]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The object's name, if it was ever addressed by one.</summary>
    [JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Name { get; init; }

    /// <summary>
    /// When this life of the object began, in milliseconds since 1970: tells what was sent before a purge from what is sent after it.
    /// </summary>
    [JsonPropertyName("epoch")]
    public long Epoch { get; init; }

    /// <summary>What the last commit said of the object, as <see cref="FieldWriter"/> writes it; without a long automatic answer.</summary>
    [JsonPropertyName("summary"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? PackedSummary { get; init; }

    /// <summary>The payload that holds a long automatic answer.</summary>
    [JsonPropertyName("automatic"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? AutoResponse { get; init; }

    /// <summary>The newest piece in the archive, and the head that it ends with.</summary>
    [JsonPropertyName("archive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ArchiveMark? Archive { get; init; }

    /// <summary>The commits since then, in the form of a piece that has not been written yet.</summary>
    [JsonPropertyName("tail"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Tail { get; init; }

    /// <summary>The alarm's orchestration that is outstanding.</summary>
    [JsonPropertyName("alarm"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public AlarmMark? Alarm { get; init; }

    /// <summary>The number of the last orchestration that was started for the alarm.</summary>
    [JsonPropertyName("alarms"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Alarms { get; init; }

    /// <summary>
    /// When the object is woken at the earliest, in milliseconds since 1970: the last attempt failed for a reason outside of it.
    /// </summary>
    [JsonPropertyName("notBefore"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long NotBefore { get; init; }

    /// <summary>How often the object could not be woken since it last was.</summary>
    [JsonPropertyName("failures"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ClockFailures { get; init; }

    /// <summary>
    /// When a <c>drain</c> is on its way to come, in milliseconds since 1970: it looks after what waits, should everything else have been lost
    /// with a worker.
    /// </summary>
    [JsonPropertyName("watch"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Watch { get; init; }

    /// <summary>How far the outbox has been sent.</summary>
    [JsonPropertyName("outbox"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public OutboxMark? Outbox { get; init; }

    /// <summary>What is asked of workflows that are not there, yet.</summary>
    [JsonPropertyName("stuck"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StuckMark>? Stuck { get; init; }

    /// <summary>Signals that were committed and are to be acknowledged, the newest of each sender.</summary>
    [JsonPropertyName("acks"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StreamAck>? Acks { get; init; }

    /// <summary>What is to be done to sockets, for the relay.</summary>
    [JsonPropertyName("sends"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SendMark>? Sends { get; init; }

    /// <summary>The number of the last of them.</summary>
    [JsonPropertyName("sent"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long LastSend { get; init; }

    /// <summary>The newest answers, oldest first.</summary>
    [JsonPropertyName("answers"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AnswerMark>? Answers { get; init; }

    /// <summary>When answers were last moved from here into the database, in milliseconds since 1970.</summary>
    [JsonPropertyName("pushed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Pushed { get; init; }

    /// <summary>Whether the catalogue lists the object.</summary>
    [JsonPropertyName("listed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsListed { get; init; }

    /// <summary>Whether the catalogue also lists the object from when its name was not known.</summary>
    [JsonPropertyName("listedById"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsListedById { get; init; }

    /// <summary>Whether the object's history is to be removed.</summary>
    [JsonPropertyName("purging"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsPurging { get; init; }

    /// <summary>What the last commit said of the object, without a long automatic answer.</summary>
    [JsonIgnore]
    public ObjectSummary Summary =>
        PackedSummary is null ? ObjectSummary.None : new FieldReader(Packed.FromText(PackedSummary)).Summary();

    /// <summary>The characters of its text.</summary>
    [JsonIgnore]
    public int Characters => JsonSerializer.Serialize(this).Length;

    /// <summary>The same with another summary.</summary>
    public ObjectState With(ObjectSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        byte[] bytes = new byte[FieldSize.Summary(summary)];
        new FieldWriter(bytes).Summary(summary);
        return this with { PackedSummary = Packed.ToText(bytes) };
    }

    /// <summary>Refuses what a later version of the app has written.</summary>
    /// <exception cref="NotSupportedException">The version is not known.</exception>
    public ObjectState Checked() => Version == CurrentVersion
        ? this
        : throw new NotSupportedException(
            $"The entity's state has version {Version}; this app knows version {CurrentVersion}. Deploy the version that wrote it.");
}

/// <summary>Where the archive ends.</summary>
/// <param name="Piece">The newest piece's file name, as <see cref="PieceName.FileName"/>.</param>
/// <param name="Hash">The hash of the head that it ends with, in hex.</param>
public sealed record ArchiveMark(
    [property: JsonPropertyName("piece")] string Piece, [property: JsonPropertyName("hash")] string Hash);

/// <summary>An orchestration that will wake the object.</summary>
/// <param name="Number">Its number among the object's.</param>
/// <param name="At">When it fires, in milliseconds since 1970.</param>
public sealed record AlarmMark([property: JsonPropertyName("n")] long Number, [property: JsonPropertyName("at")] long At);

/// <summary>How far the outbox has been sent.</summary>
/// <param name="Last">The newest row that is committed.</param>
/// <param name="Sent">The newest row that was sent.</param>
/// <param name="At">When sending from the beginning was last begun, or went on, in milliseconds since 1970.</param>
/// <param name="Tries">How often it was begun again since an acknowledgement.</param>
/// <param name="Asked">Whether a receiver has asked for that.</param>
public sealed record OutboxMark(
    [property: JsonPropertyName("last")] long Last,
    [property: JsonPropertyName("sent")] long Sent,
    [property: JsonPropertyName("at")] long At,
    [property: JsonPropertyName("tries")] int Tries = 0,
    [property: JsonPropertyName("asked")] bool Asked = false);

/// <summary>Something in the outbox that cannot be carried out.</summary>
/// <param name="Sequence">The row.</param>
/// <param name="At">Since when, in milliseconds since 1970.</param>
public sealed record StuckMark([property: JsonPropertyName("n")] long Sequence, [property: JsonPropertyName("at")] long At);

/// <summary>How far a receiver has come in a stream.</summary>
/// <param name="ClassName">The class of the one who gets this.</param>
/// <param name="Id">Its id.</param>
/// <param name="Epoch">The stream's epoch.</param>
/// <param name="Number">The newest signal.</param>
public sealed record StreamAck(
    [property: JsonPropertyName("c")] string ClassName,
    [property: JsonPropertyName("i")] string Id,
    [property: JsonPropertyName("e")] long Epoch,
    [property: JsonPropertyName("n")] long Number);

/// <summary>What one turn does to sockets.</summary>
/// <param name="Sequence">Its place: 1, 2, 3 …</param>
/// <param name="Inline">The packed effects, or null.</param>
/// <param name="Payload">The payload that holds them, or null.</param>
public sealed record SendMark(
    [property: JsonPropertyName("n")] long Sequence,
    [property: JsonPropertyName("d"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Inline,
    [property: JsonPropertyName("p"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Payload);

/// <summary>A call's answer, until its caller has had time to read it.</summary>
/// <param name="Id">The call.</param>
/// <param name="At">When it ran, in milliseconds since 1970.</param>
/// <param name="Inline">The packed answer, or null.</param>
/// <param name="Payload">The payload that holds it, or null.</param>
public sealed record AnswerMark(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("at")] long At,
    [property: JsonPropertyName("a"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Inline,
    [property: JsonPropertyName("p"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Payload);
