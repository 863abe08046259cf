using System.Text;
using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// One user's session with an AI agent: the conversation, kept within a token budget by trimming or summarizing, and documents of
/// preferences and progress that several tabs write with optimistic concurrency. Every change is pushed to every tab, and a tab that was
/// away asks for what it missed.
/// </summary>
/// <remarks>
/// One version counts all changes, one for each turn that makes any. So a tab sees by a gap in the numbers that it missed something, and
/// one number is all that it has to remember. A summary is a workflow, since a model takes longer than a turn; the conversation goes on
/// meanwhile, and the summary replaces what it was made of, nothing else.
/// </remarks>
[DurableObject("agent-session")]
public sealed class AgentSession : DurableObject, IAgentSession
{
    /// <summary>
    /// Bytes of a message: its content and its tool calls as JSON. What is larger belongs in a blob store, with its address here.
    /// </summary>
    public const int MessageBytes = 128 * 1_024;

    /// <summary>Messages of a session, system messages included.</summary>
    public const int MaxMessages = 2_000;

    /// <summary>Bytes of all messages, as they stand in an answer: about a million tokens, so that a context is one answer.</summary>
    public const int SessionBytes = 4 * 1_024 * 1_024;

    /// <summary>Messages of a page.</summary>
    public const int PageMessages = 500;

    /// <summary>The most tokens of a message and of a budget.</summary>
    public const long MaxTokens = 10_000_000;

    /// <summary>The messages that stay where nothing else is configured.</summary>
    public const int DefaultKeepNewest = 10;

    /// <summary>The most messages that may be told to stay.</summary>
    public const int MaxKeepNewest = 500;

    /// <summary>Documents of a session. All of them, with all messages, fit <see cref="Limits.ResponseBytes"/>.</summary>
    public const int MaxSections = 32;

    /// <summary>Bytes of a document as JSON.</summary>
    public const int DocumentBytes = 64 * 1_024;

    /// <summary>Levels that contents, tool calls and documents may be nested: they travel within others, and JSON is read to 64.</summary>
    public const int Depth = Argument.JsonDepth;

    /// <summary>Bytes of a summary.</summary>
    public const int SummaryBytes = 32 * 1_024;

    /// <summary>Characters (UTF-16) of a section, a tab, a speaker, and the id of a tool call.</summary>
    public const int NameCharacters = 128;

    /// <summary>The longest that a session may be told to stay idle: a year of 365 days.</summary>
    public const long MaxIdleSeconds = 365 * 24 * 60 * 60;

    /// <summary>The error code of a change that was based on another version.</summary>
    public const string VersionConflict = "version-conflict";

    /// <summary>The error code of a message too many.</summary>
    public const string TooManyMessages = "too-many-messages";

    /// <summary>The error code of a document too many.</summary>
    public const string TooManySections = "too-many-sections";

    /// <summary>Bytes of the messages that one summary covers: with what surrounds them they fit a workflow's input.</summary>
    private const int SummaryInputBytes = 512 * 1_024;

    /// <summary>Messages that one summary covers, for the same reason.</summary>
    private const int SummaryInputMessages = 1_000;

    /// <summary>The part of the budget that a summary may take: a fourth, and not more tokens than this in any case.</summary>
    private const long SummaryTokens = 2_000;

    /// <summary>
    /// How late an alarm may be that ends an idle session. One that is later comes from before a return to a bookmark, or from before a
    /// time in which the host was down: nobody could use the session meanwhile, so it gets another idle period.
    /// </summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromMinutes(1);

    private const string StateKey = "session";

    /// <summary>
    /// How soon after a summary has failed the next is tried, with the next message. Its workflow has made retries of its own.
    /// </summary>
    private static readonly TimeSpan SummaryPause = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a summary runs before its workflow is asked: its end may have been lost, as after a return to a bookmark.
    /// </summary>
    private static readonly TimeSpan WatchEvery = TimeSpan.FromHours(1);

    private readonly Conversation _conversation;

    /// <inheritdoc cref="DurableObject(ObjectContext)"/>
    public AgentSession(ObjectContext context)
        : base(context) => _conversation = new Conversation(Storage);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        Conversation.Migration,
        "CREATE TABLE document(section TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL, tab TEXT, at INTEGER NOT NULL)",
    ];

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<SessionMessage> Append(
        SessionRole role, JsonElement? content = null, JsonElement? toolCalls = null, string? toolCallId = null, string? name = null,
        long? tokens = null, long? after = null, string? tab = null)
    {
        CheckSpeaker(role, content, toolCalls, toolCallId);
        Name(toolCallId, "toolCallId");
        Name(name, "name");
        Name(tab, "tab");
        string? contentJson = Argument.Json(content, "content", MessageBytes);
        string? callsJson = Argument.Json(toolCalls, "toolCalls", MessageBytes);
        if (Conversation.BytesOf(contentJson, callsJson) is int bytes and > MessageBytes)
        {
            throw Argument.Invalid($"'content' and 'toolCalls' have {bytes:N0} bytes together; the limit is {MessageBytes:N0} bytes.");
        }
        Argument.Within(tokens ?? 0, "tokens", 0, MaxTokens);
        AgentSessionState state = Begin();
        if (after is { } expected && (_conversation.Last() ?? 0) is long last && last != expected)
        {
            throw Conflict($"The newest message is {last}, not {expected}: somebody else appended one.");
        }
        long counted = tokens ?? TokenEstimate.Of(content is { ValueKind: JsonValueKind.String } ? content.Value.GetString() : contentJson)
            + TokenEstimate.Of(callsJson);
        SessionMessage message = new(
            state.Version, role, content, toolCalls, toolCallId, name, counted, DateTimeOffset.FromUnixTimeMilliseconds(Now));
        _conversation.Insert(message, contentJson, callsJson);
        state = Shorten(state);
        ConversationSize size = _conversation.Size();
        if (size.Count > MaxMessages || size.Bytes > SessionBytes)
        {
            throw new DurableObjectException(
                409, TooManyMessages,
                $"The conversation would have {size.Count:N0} messages of {size.Bytes:N0} bytes; the limit is {MaxMessages:N0} messages "
                + $"of {SessionBytes:N0} bytes, and its settings leave nothing to trim at once.");
        }
        End(state);
        Context.Sockets.Send("appended", new SessionAppended(state.Version, message, _conversation.First(), tab));
        return Task.FromResult(message);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<SessionMessage>> Messages(int limit = 50, long? before = null)
    {
        Argument.Within(limit, "limit", 1, PageMessages);
        return Task.FromResult<IReadOnlyList<SessionMessage>>(
            Current() is null ? [] : [.. _conversation.Page(limit, before ?? long.MaxValue)]);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionContext> ContextAsync(long? tokenBudget = null)
    {
        Argument.Within(tokenBudget ?? 1, "tokenBudget", 1, MaxTokens);
        if (Current() is not { } state)
        {
            return Task.FromResult(new SessionContext([], 0, 0, 0));
        }
        List<SessionMessage> messages = [.. _conversation.OfSystem()];
        if (state.Summary is { } summary)
        {
            messages.Add(new SessionMessage(
                0, SessionRole.System, JsonSerializer.SerializeToElement(summary.Text, ObjectJson.Options), null, null, null,
                summary.Tokens, state.Started));
        }
        long tokens = messages.Sum(message => message.Tokens);
        long left = (tokenBudget ?? state.Settings.TokenBudget ?? long.MaxValue) - tokens;
        List<MessageSize> sizes = _conversation.Sizes();
        int from = sizes.Count;
        for (int i = sizes.Count - 1; i >= 0 && (left -= sizes[i].Tokens) >= 0; i--)
        {
            from = sizes[i].Role == SessionRole.Tool ? from : i;
        }
        if (from < sizes.Count)
        {
            messages.AddRange(_conversation.Between(sizes[from].Id, long.MaxValue));
            tokens += sizes.Skip(from).Sum(size => size.Tokens);
        }
        return Task.FromResult(new SessionContext(messages, tokens, from, state.Version));
    }

    /// <inheritdoc/>
    public Task<SessionStatus> Configure(
        long? tokenBudget = null, WhenExceeded whenExceeded = WhenExceeded.Trim, int keepNewest = DefaultKeepNewest,
        long? idleSeconds = null, string? tab = null)
    {
        Argument.Within(tokenBudget ?? 1, "tokenBudget", 1, MaxTokens);
        Argument.Within(keepNewest, "keepNewest", 1, MaxKeepNewest);
        Argument.Within(idleSeconds ?? 1, "idleSeconds", 1, MaxIdleSeconds);
        Name(tab, "tab");
        if (!Enum.IsDefined(whenExceeded))
        {
            throw Argument.Invalid($"'whenExceeded' is {whenExceeded}; it must be 'trim' or 'summarize'.");
        }
        if (whenExceeded == WhenExceeded.Summarize && tokenBudget is null)
        {
            throw Argument.Invalid("'tokenBudget' is missing, without which nothing is ever summarized.");
        }
        AgentSessionState state = Begin() with
        {
            Settings = new SessionSettings(tokenBudget, whenExceeded, keepNewest, idleSeconds),
            FailedAt = null,
        };
        state = Shorten(state);
        End(state);
        PushShortened(state, tab);
        return Task.FromResult(Describe(state));
    }

    /// <inheritdoc/>
    public Task<SessionStatus> Clear(bool withSystem = false, string? tab = null)
    {
        Name(tab, "tab");
        AgentSessionState state = Begin();
        _conversation.Clear(withSystem);
        if (state.Run is { } run)
        {
            Context.Workflows.Terminate(run.Workflow, "The conversation was cleared.");
        }
        state = state with { Summary = null, Run = null, SummaryError = null, FailedAt = null };
        End(state);
        PushShortened(state, tab);
        return Task.FromResult(Describe(state));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionDocument> Get(string section)
    {
        Argument.Text(section, "section", NameCharacters);
        return Task.FromResult((Current() is null ? null : Find(section)) ?? new SessionDocument(section, 0, null, null, null));
    }

    /// <inheritdoc/>
    public Task<SessionDocument> Put(string section, JsonElement? value, long expectedVersion, string? tab = null) =>
        Task.FromResult(Write(section, Argument.Json(value, "value", DocumentBytes) ?? "null", expectedVersion, tab));

    /// <inheritdoc/>
    public Task<SessionDocument> Patch(string section, JsonElement? patch, long? expectedVersion = null, string? tab = null)
    {
        // Before it is looked into, which cannot be done with everything that JSON can write.
        string change = Argument.Json(patch, "patch", DocumentBytes) ?? "null";
        Argument.Text(section, "section", NameCharacters);
        JsonElement merged = MergePatch.Apply(
            Current() is null ? null : Find(section)?.Value, JsonSerializer.Deserialize<JsonElement>(change));
        return Task.FromResult(Write(
            section, Argument.Json<JsonElement>(merged, "the patched document", DocumentBytes)!, expectedVersion, tab));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionChanges> Changes(long sinceVersion = 0, DateTimeOffset? startedAt = null)
    {
        Argument.Within(sinceVersion, "sinceVersion", 0, long.MaxValue);
        if (Current() is not { } state)
        {
            return Task.FromResult(new SessionChanges(null, 0, 0, SessionSettings.Default, [], [], null, null));
        }
        bool isAnother = sinceVersion > state.Version || (startedAt is { } known && known != state.Started);
        long since = isAnother ? 0 : sinceVersion;
        return Task.FromResult(new SessionChanges(
            state.Started, since, state.Version, state.Settings,
            [.. Documents("SELECT * FROM document WHERE version > ? ORDER BY version", since)], [.. _conversation.Since(since)],
            state.Summary, _conversation.First()));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionStatus> Status() => Task.FromResult(Describe(Current()));

    /// <summary>Takes the summary that a workflow has made. For workflows alone.</summary>
    public Task Summarized(WorkflowStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        RuntimeOnly.RequireWorkflow(Context.Caller);
        if (status.HasEnded && Current() is { Run: { } run } && run.Workflow == status.Id)
        {
            string? error = status.State == WorkflowState.Completed
                ? Apply(status.Output, run)
                : $"{status.Error?.Code}: {status.Error?.Message}";
            if (error is not null)
            {
                Failed(error);
            }
        }
        return Task.CompletedTask;
    }

    /// <summary>Takes note of where a workflow stands that was asked; null if there is none. For workflows alone.</summary>
    public Task Stands(WorkflowStatus? status)
    {
        RuntimeOnly.RequireWorkflow(Context.Caller);
        if (status is not null)
        {
            return Summarized(status);
        }
        if (Current() is { Run: { } run } && run.StartedAt <= Now - (long)WatchEvery.TotalMilliseconds)
        {
            Failed("The workflow that made it is not there any more.");
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        if (Stored() is not { } state)
        {
            return ValueTask.CompletedTask;
        }
        if (IsOver(state) && alarm.ScheduledFor <= Context.Now - Lateness)
        {
            state = state with { ActiveAt = Now };
            Storage.Put(StateKey, state);
        }
        if (IsOver(state))
        {
            if (state.Run is { } left)
            {
                Context.Workflows.Terminate(left.Workflow, "The session has expired.");
            }
            Storage.DeleteAll();
            return ValueTask.CompletedTask;
        }
        if (state.Run is { } run && run.StartedAt <= Now - (long)WatchEvery.TotalMilliseconds)
        {
            Context.Workflows.Query(run.Workflow, nameof(Stands));
        }
        SetAlarm(state);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        string tab = opening.Query.GetValueOrDefault("tab") ?? throw Argument.Invalid("Connect with '?tab='; it is missing.");
        Name(tab, "tab");
        // This socket counts already, so what had expired without anybody looking would be alive again.
        AgentSessionState? state = Stored() is { } stored && IsIdle(stored) && Context.Sockets.Count <= 1 ? Forget() : Stored();
        socket.SetAttachment(tab);
        socket.Send("session", new SessionGreeting(state?.Started, state?.Version ?? 0));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        if (message.As<SocketPatch>() is not { Section: { } section } given)
        {
            throw Argument.Invalid("A message to a session is { section, patch, expectedVersion? }.");
        }
        await Patch(section, given.Patch, given.ExpectedVersion, socket.GetAttachment<string>());
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        if (Stored() is { Settings.IdleSeconds: not null } state)
        {
            End(state with { ActiveAt = Now });
        }
        return ValueTask.CompletedTask;
    }

    private static void CheckSpeaker(SessionRole role, JsonElement? content, JsonElement? toolCalls, string? toolCallId)
    {
        string? wrong = role switch
        {
            _ when !Enum.IsDefined(role) => $"'role' is {role}; it must be 'system', 'user', 'assistant' or 'tool'.",
            not SessionRole.Assistant when toolCalls is not null => "'toolCalls' are an assistant's alone.",
            SessionRole.Tool when toolCallId is null => "'toolCallId' is missing, which says what call the tool answers.",
            not SessionRole.Tool when toolCallId is not null => "'toolCallId' is a tool's alone.",
            _ when toolCalls is { } calls && (calls.ValueKind != JsonValueKind.Array || calls.GetArrayLength() == 0) =>
                "'toolCalls' must be an array with at least one call.",
            _ when content is null && toolCalls is null => "'content' is missing.",
            _ => null,
        };
        if (wrong is not null)
        {
            throw Argument.Invalid(wrong);
        }
    }

    private static void Name(string? value, string name)
    {
        if (value is not null)
        {
            Argument.Text(value, name, NameCharacters);
        }
    }

    private static DurableObjectException Conflict(string message) => new(409, VersionConflict, message);

    private AgentSessionState? Stored() => Storage.Get<AgentSessionState>(StateKey);

    /// <summary>The session; null if it has not begun or has expired.</summary>
    private AgentSessionState? Current() => Stored() is { } state && !IsOver(state) ? state : null;

    /// <summary>Whether its time is over. Where the alarm is too late to be true, the time is what the alarm makes of it.</summary>
    private bool IsIdle(AgentSessionState state) => state.ExpiresAt <= Context.Now && !(Storage.GetAlarm() <= Context.Now - Lateness);

    private bool IsOver(AgentSessionState state) => IsIdle(state) && Context.Sockets.Count == 0;

    /// <summary>The session as the turn is going to leave it, one version further. One that has expired begins anew.</summary>
    private AgentSessionState Begin()
    {
        AgentSessionState? state = Stored() is { } stored && IsOver(stored) ? Forget() : Stored();
        long now = Now;
        state ??= new AgentSessionState(now, now, 0, SessionSettings.Default);
        return state with { Version = state.Version + 1, ActiveAt = now };
    }

    private AgentSessionState? Forget()
    {
        if (Stored()?.Run is { } run)
        {
            Context.Workflows.Terminate(run.Workflow, "The session has expired.");
        }
        _conversation.Clear(withSystem: true);
        Storage.Sql.Exec("DELETE FROM document");
        Storage.Delete(StateKey);
        return null;
    }

    private void End(AgentSessionState state)
    {
        Storage.Put(StateKey, state);
        SetAlarm(state);
    }

    /// <summary>One that is early moves on when it fires, which spares every change a write.</summary>
    private void SetAlarm(AgentSessionState state)
    {
        DateTimeOffset? watch = state.Run is null ? null : Context.Now + WatchEvery;
        DateTimeOffset? expiry = state.ExpiresAt is { } end && end <= Context.Now
            ? Context.Now.AddSeconds(state.Settings.IdleSeconds!.Value)
            : state.ExpiresAt;
        DateTimeOffset? next = watch < expiry || expiry is null ? watch : expiry;
        if (next is { } due && !(Storage.GetAlarm() <= due))
        {
            Storage.SetAlarm(due);
        }
    }

    /// <summary>Brings the conversation back under its budget, or has that begun.</summary>
    private AgentSessionState Shorten(AgentSessionState state)
    {
        ConversationSize size = _conversation.Size();
        if (!state.IsExceededBy(size))
        {
            return state;
        }
        if (state.Settings.WhenExceeded == WhenExceeded.Summarize)
        {
            return Summarize(state);
        }
        List<MessageSize> sizes = _conversation.Sizes();
        int cut = Conversation.Cut(sizes, state.Settings.KeepNewest, gone => !state.IsExceededBy(
            new ConversationSize(size.Count - gone.Count, size.Tokens - gone.Tokens, size.Bytes - gone.Bytes)));
        return cut == 0 ? state : state with { Trimmed = state.Trimmed + _conversation.DeleteUpTo(sizes[cut - 1].Id) };
    }

    /// <summary>Has the oldest messages summarized, all but those that are to stay, unless that is under way or has just failed.</summary>
    private AgentSessionState Summarize(AgentSessionState state)
    {
        if (state.Run is not null || state.FailedAt > Now - (long)SummaryPause.TotalMilliseconds)
        {
            return state;
        }
        List<MessageSize> sizes = _conversation.Sizes();
        long bytes = 0;
        int fitting = sizes.TakeWhile((size, i) => i < SummaryInputMessages && (bytes += size.Bytes) <= SummaryInputBytes).Count();
        int most = Math.Min(fitting, sizes.Count - state.Settings.KeepNewest);
        int cut = Conversation.Cut(sizes, sizes.Count - Math.Max(0, most), _ => false);
        // Answers of tools that fill it by themselves are parted from their call: a summary can be made of them all the same.
        cut = cut == 0 && most == fitting ? most : cut;
        if (cut <= 0)
        {
            return state;
        }
        long upTo = sizes[cut - 1].Id;
        SummaryRequest request = new(
            state.Summary?.Text,
            [.. _conversation.Between(0, upTo).Select(one => new SummarizedMessage(one.Role, one.Content, one.ToolCalls, one.Name))],
            Math.Clamp((state.Settings.TokenBudget ?? MaxTokens) / 4, 1, SummaryTokens));
        string workflow = $"summary-{WorkflowId.New(Context.Clock)}";
        Context.Workflows.Start(SummarizeConversation.Name, workflow, request, nameof(Summarized));
        return state with { Run = new SummaryRun(workflow, upTo, Now) };
    }

    /// <summary>Puts a summary in the place of what it was made of; why it cannot, or null.</summary>
    private string? Apply(JsonElement? output, SummaryRun run)
    {
        ConversationSummary? made = output?.Deserialize<ConversationSummary>(ObjectJson.Options);
        if (made is not { Text.Length: > 0 })
        {
            return "The summary is empty.";
        }
        if (Encoding.UTF8.GetByteCount(made.Text) is int bytes and > SummaryBytes)
        {
            return $"The summary has {bytes:N0} bytes; the limit is {SummaryBytes:N0} bytes.";
        }
        AgentSessionState state = Stored()!;
        long version = state.Version + 1;
        state = state with
        {
            Version = version,
            Summarized = state.Summarized + _conversation.DeleteUpTo(run.UpTo),
            Summary = new SessionSummary(
                made.Text, Math.Clamp(made.Tokens ?? TokenEstimate.Of(made.Text), 0, MaxTokens), run.UpTo, version),
            Run = null,
            SummaryError = null,
            FailedAt = null,
        };
        state = Shorten(state);
        End(state);
        PushShortened(state, null);
        return null;
    }

    private void Failed(string error)
    {
        AgentSessionState state = Stored()! with { Run = null, SummaryError = Argument.Shorten(error), FailedAt = Now };
        End(state);
    }

    private SessionDocument Write(string section, string json, long? expectedVersion, string? tab)
    {
        Argument.Text(section, "section", NameCharacters);
        Argument.Within(expectedVersion ?? 0, "expectedVersion", 0, long.MaxValue);
        Name(tab, "tab");
        AgentSessionState state = Begin();
        SessionDocument? old = Find(section);
        if (expectedVersion is { } expected && expected != (old?.Version ?? 0))
        {
            throw Conflict($"'{section}' is at version {old?.Version ?? 0}, not {expected}: somebody else changed it.");
        }
        if (old is not null && Json(old.Value) == json)
        {
            return old;
        }
        if (old is null && Storage.Sql.Exec("SELECT count(*) FROM document").One().Get<int>(0) >= MaxSections)
        {
            throw new DurableObjectException(409, TooManySections, $"There are {MaxSections} sections, which is the limit.");
        }
        SessionDocument document = Documents(
            """
            INSERT INTO document(section, version, value, tab, at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT(section) DO UPDATE SET version = excluded.version, value = excluded.value, tab = excluded.tab, at = excluded.at
            RETURNING *
            """, section, state.Version, json, tab, Now).Single();
        End(state);
        Context.Sockets.Send("changed", document);
        return document;
    }

    private static string Json(JsonElement? value) => Argument.Json(value, "value") ?? "null";

    private SessionDocument? Find(string section) =>
        Documents("SELECT * FROM document WHERE section = ?", section).SingleOrDefault();

    private IEnumerable<SessionDocument> Documents(string sql, params ReadOnlySpan<object?> arguments) =>
        Storage.Sql.Exec(sql, arguments).As<DocumentRow>().Select(row => row.ToDocument());

    private void PushShortened(AgentSessionState state, string? tab) => Context.Sockets.Send(
        "shortened", new SessionShortened(state.Version, state.Settings, state.Summary, _conversation.First(), tab));

    private SessionStatus Describe(AgentSessionState? state)
    {
        int tabs = Context.Sockets.Count;
        if (state is null)
        {
            return new SessionStatus(
                null, 0, SessionSettings.Default, 0, 0, 0, 0, 0, null, null, new Dictionary<string, long>(), tabs, null);
        }
        ConversationSize size = _conversation.Size();
        return new SessionStatus(
            state.Started, state.Version, state.Settings, size.Count, size.Tokens + (state.Summary?.Tokens ?? 0), size.Bytes, state.Trimmed,
            state.Summarized, state.Run?.Workflow, state.SummaryError,
            Storage.Sql.Exec("SELECT section, version FROM document ORDER BY section")
                .ToDictionary(row => row.Get<string>(0)!, row => row.Get<long>(1)),
            tabs, tabs == 0 ? state.ExpiresAt : null);
    }

    private sealed record SocketPatch(string? Section, JsonElement? Patch, long? ExpectedVersion);

    private sealed record DocumentRow(string Section, long Version, string Value, string? Tab, long At)
    {
        public SessionDocument ToDocument() => new(
            Section, Version, JsonSerializer.Deserialize<JsonElement>(Value) is { ValueKind: not JsonValueKind.Null } value ? value : null,
            Tab, DateTimeOffset.FromUnixTimeMilliseconds(At));
    }
}
