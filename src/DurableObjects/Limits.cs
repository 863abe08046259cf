namespace DurableObjects;

/// <summary>
/// Every limit of the model, each with its unit and where it comes from. "Cloudflare" is the Durable Objects documentation
/// (limits, storage API, WebSockets); where it names no figure, the figure is ours and says why.
/// </summary>
public static class Limits
{
    /// <summary>Bytes (UTF-8) of a key in the key-value store. Cloudflare: 2 KiB for SQLite-backed objects.</summary>
    public const int KeyBytes = 2_048;

    /// <summary>Bytes of a key and its serialized value together. Cloudflare: 2 MiB for SQLite-backed objects.</summary>
    public const int KeyAndValueBytes = 2 * 1_024 * 1_024;

    /// <summary>Keys in one get, put or delete of many. Cloudflare: 128.</summary>
    public const int KeysPerOperation = 128;

    /// <summary>Bytes (UTF-8) of one SQL text. Cloudflare: 100 KB.</summary>
    public const int SqlStatementBytes = 100_000;

    /// <summary>Bound parameters of one SQL statement. Cloudflare: 100.</summary>
    public const int SqlParameters = 100;

    /// <summary>Columns of a table or of a result. Cloudflare: 100.</summary>
    public const int SqlColumns = 100;

    /// <summary>Arguments of an SQL function. Cloudflare: 32.</summary>
    public const int SqlFunctionArguments = 32;

    /// <summary>Bytes of a LIKE or GLOB pattern. Cloudflare: 50.</summary>
    public const int SqlPatternBytes = 50;

    /// <summary>Bytes of one string, blob or row. Cloudflare: 2 MB; ours is the key-value limit plus the row's own overhead.</summary>
    public const int SqlRowBytes = KeyAndValueBytes + 16 * 1_024;

    /// <summary>Bytes of an object's database, unless the host sets a lower bound. Cloudflare: 10 GB.</summary>
    public const long DatabaseBytes = 10L * 1_024 * 1_024 * 1_024;

    /// <summary>Bytes (UTF-8) of an object's name. Ours: it must fit a URL segment and a blob name (1,024 characters on Azure).</summary>
    public const int NameBytes = 512;

    /// <summary>Characters of a class name or method name. Ours: it must fit a URL segment and an entity operation.</summary>
    public const int ClassNameCharacters = 64;

    /// <summary>Bytes of the arguments of a call, of a fetched request's body, and of a signal. Ours: twice the largest value.</summary>
    public const int RequestBytes = 2 * KeyAndValueBytes;

    /// <summary>Bytes of a call's result or of a response's body. Ours: room for a page of the largest values.</summary>
    public const int ResponseBytes = 8 * 1_024 * 1_024;

    /// <summary>Tags of one socket. Cloudflare: 10.</summary>
    public const int SocketTags = 10;

    /// <summary>Characters of one socket tag. Cloudflare: 256.</summary>
    public const int SocketTagCharacters = 256;

    /// <summary>Bytes of a socket's serialized attachment. Cloudflare: 16 KiB for hibernating sockets.</summary>
    public const int SocketAttachmentBytes = 16 * 1_024;

    /// <summary>Bytes of one socket message, received or sent. Azure SignalR Service: 1 MB.</summary>
    public const int SocketMessageBytes = 1_024 * 1_024;

    /// <summary>
    /// Bytes that one turn may send to sockets: each message once, to however many sockets it goes, and 128 bytes for each send
    /// itself. Ours: what is sent is held in memory until the turn is durable; one message to all is one send.
    /// </summary>
    public const int SocketSendBytes = 16 * SocketMessageBytes;

    /// <summary>
    /// Bytes that may wait for one client which reads too slowly; past it the connection is closed. One message is accepted
    /// however large it is. Ours: the client can reconnect and catch up, while waiting for it would take the memory of all.
    /// </summary>
    public const int SocketWaitingBytes = 4 * SocketMessageBytes;

    /// <summary>Messages that may wait for one client which reads too slowly; past it the connection is closed. Ours, as above.</summary>
    public const int SocketWaitingMessages = 1_024;

    /// <summary>Sockets of one object. Cloudflare: 32,768.</summary>
    public const int SocketsPerObject = 32_768;

    /// <summary>Characters of the request and of the response of an automatic answer. Cloudflare: 2,048.</summary>
    public const int AutoResponseCharacters = 2_048;

    /// <summary>Characters of an idempotency key. Ours: Stripe's, which is what clients already send.</summary>
    public const int IdempotencyKeyCharacters = 255;

    /// <summary>Durable effects that one turn may ask for. Ours: a turn that fans out further should do so in steps.</summary>
    public const int SignalsPerTurn = 1_000;

    /// <summary>Signals that may wait in an outbox or an inbox. Ours: past it a receiver is down, and growing would hide it.</summary>
    public const int WaitingSignals = 10_000;

    /// <summary>
    /// Bytes, in whole pages, that one turn may change. Ours: a commit is held in memory and is one record of the history; what is
    /// larger can be done in steps.
    /// </summary>
    public const int TurnBytes = 256 * 1_024 * 1_024;

    /// <summary>
    /// Bytes, in whole pages, that a return to a bookmark may change: they are one record of the history. Ours: what a host holds in
    /// memory at once for it.
    /// </summary>
    public const int RestoreBytes = 512 * 1_024 * 1_024;

    /// <summary>Recovery points of one object. Ours: a thousand labels are a log, which belongs in a table.</summary>
    public const int RecoveryPoints = 1_000;

    /// <summary>Characters of a recovery point's label. Ours: an idempotency key's.</summary>
    public const int LabelCharacters = 255;

    /// <summary>Turns that may wait in front of one object. Ours: at a millisecond a turn, a second of waiting.</summary>
    public const int WaitingTurns = 1_000;

    /// <summary>
    /// Bytes of the turns that one object was given and has not answered: arguments, bodies, messages, and 1 KiB for each turn
    /// itself. One turn is accepted however large it is. Ours: four of the largest requests, so that one object cannot take the
    /// memory of all.
    /// </summary>
    public const int WaitingBytes = 4 * RequestBytes;

    /// <summary>Depth of nested <c>Storage.Transaction</c> calls. Ours: deeper is recursion by mistake.</summary>
    public const int TransactionDepth = 32;

    /// <summary>How long a turn may run before it is abandoned. Cloudflare: 30 s of CPU time; ours is by the wall clock.</summary>
    public static readonly TimeSpan TurnDeadline = TimeSpan.FromSeconds(30);

    /// <summary>How far back an object can be returned, at least. Cloudflare: 30 days.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    /// <summary>How long a request's answer is kept under its idempotency key. Stripe: at least 24 hours.</summary>
    public static readonly TimeSpan IdempotencyWindow = TimeSpan.FromHours(24);

    /// <summary>
    /// How long a call is remembered, so that a second delivery of it does not run again. Ours: Azure's queues deliver again after
    /// five minutes at the latest; three times that.
    /// </summary>
    public static readonly TimeSpan CallMemory = TimeSpan.FromMinutes(15);

    /// <summary>Retries of a failing alarm handler, after 2, 4, 8, 16, 32 and 64 s. Cloudflare: six, from 2 s, doubling.</summary>
    public const int AlarmRetries = 6;

    /// <summary>The delay before the first retry of an alarm; each later one doubles it. Cloudflare: 2 s.</summary>
    public static readonly TimeSpan AlarmFirstRetry = TimeSpan.FromSeconds(2);

    /// <summary>Retries of a signal whose handler throws, before it is parked. Ours: two minutes in all.</summary>
    public const int SignalRetries = 6;

    /// <summary>The delay before the first retry of a signal; each later one doubles it.</summary>
    public static readonly TimeSpan SignalFirstRetry = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Characters of a workflow's id. Azure Storage's backend of Durable Functions: 100, of which the host needs some itself.
    /// </summary>
    public const int WorkflowIdCharacters = 90;

    /// <summary>Characters of an event's name. Ours: a class's.</summary>
    public const int EventNameCharacters = ClassNameCharacters;

    /// <summary>
    /// Bytes (JSON in UTF-8) of a workflow's input or output, of an activity's input or result, of an event, and of the arguments of a
    /// call or signal. Ours: on Azure a message between host and worker holds a whole history, in at most 4 MiB.
    /// </summary>
    public const int WorkflowPayloadBytes = 1_024 * 1_024;

    /// <summary>
    /// Operations of one execution of a workflow: attempts, waits, events, signals. Ours: a history is read as a whole to go on with it;
    /// a workflow that does more continues as new.
    /// </summary>
    public const int WorkflowOperations = 10_000;

    /// <summary>Events that may wait until a workflow takes them. Ours: past it nobody takes them, and growing would hide it.</summary>
    public const int WaitingEvents = 1_000;

    /// <summary>How long an attempt of an activity may take. Azure Functions on the Flex Consumption plan: 30 minutes by default.</summary>
    public static readonly TimeSpan ActivityTimeout = TimeSpan.FromMinutes(30);

    /// <summary>How long a workflow may sleep or wait at once. Ours: ten years are a mistake in a unit.</summary>
    public static readonly TimeSpan LongestSleep = TimeSpan.FromDays(3_650);
}
