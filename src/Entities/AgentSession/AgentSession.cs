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
    /// <summary>The error code of a change that was based on another version.</summary>
    public const string VersionConflict = "version-conflict";

    /// <summary>The error code of a message too many.</summary>
    public const string TooManyMessages = "too-many-messages";

    /// <summary>The error code of a document too many.</summary>
    public const string TooManySections = "too-many-sections";

    private readonly Conversation _conversation;
    private readonly SessionDocuments _documents;
    private readonly Summarizing _summarizing;
    private readonly SessionLifetime _lifetime;

    /// <inheritdoc cref="DurableObject(ObjectContext)"/>
    public AgentSession(ObjectContext context)
        : base(context)
    {
        _conversation = new Conversation(Storage);
        _documents = new SessionDocuments(Storage);
        _summarizing = new Summarizing(context, _conversation);
        _lifetime = new SessionLifetime(context, _conversation, _documents, _summarizing);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => [Conversation.Migration, SessionDocuments.Migration];

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<SessionMessage> Append(
        SessionRole role, JsonElement? content = null, JsonElement? toolCalls = null, string? toolCallId = null, string? name = null,
        long? tokens = null, long? after = null, string? tab = null)
    {
        MessageCheck.Check(role, content, toolCalls, toolCallId);
        Name(toolCallId, "toolCallId");
        Name(name, "name");
        Name(tab, "tab");
        string? contentJson = Argument.Json(content, "content", AgentSessionLimits.MessageBytes);
        string? callsJson = Argument.Json(toolCalls, "toolCalls", AgentSessionLimits.MessageBytes);
        if (Conversation.BytesOf(contentJson, callsJson) is int bytes and > AgentSessionLimits.MessageBytes)
        {
            throw Argument.Invalid(
                $"'content' and 'toolCalls' have {bytes:N0} bytes together; the limit is {AgentSessionLimits.MessageBytes:N0} bytes.");
        }
        Argument.Within(tokens ?? 0, "tokens", 0, AgentSessionLimits.MaxTokens);
        AgentSessionState state = _lifetime.Begin();
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
        if (size.Count > AgentSessionLimits.MaxMessages || size.Bytes > AgentSessionLimits.SessionBytes)
        {
            throw new DurableObjectException(
                409, TooManyMessages,
                $"The conversation would have {size.Count:N0} messages of {size.Bytes:N0} bytes; the limit is "
                + $"{AgentSessionLimits.MaxMessages:N0} messages of {AgentSessionLimits.SessionBytes:N0} bytes, and its settings leave "
                + "nothing to trim at once.");
        }
        _lifetime.Save(state);
        Context.Sockets.Send("appended", new SessionAppended(state.Version, message, _conversation.First(), tab));
        return Task.FromResult(message);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<SessionMessage>> Messages(int limit = 50, long? before = null)
    {
        Argument.Within(limit, "limit", 1, AgentSessionLimits.PageMessages);
        return Task.FromResult<IReadOnlyList<SessionMessage>>(
            _lifetime.Current() is null ? [] : [.. _conversation.Page(limit, before ?? long.MaxValue)]);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionContext> ContextAsync(long? tokenBudget = null)
    {
        Argument.Within(tokenBudget ?? 1, "tokenBudget", 1, AgentSessionLimits.MaxTokens);
        if (_lifetime.Current() is not { } state)
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
        int from = Conversation.Newest(sizes, left);
        if (from < sizes.Count)
        {
            messages.AddRange(_conversation.Between(sizes[from].Id, long.MaxValue));
            tokens += sizes.Skip(from).Sum(size => size.Tokens);
        }
        return Task.FromResult(new SessionContext(messages, tokens, from, state.Version));
    }

    /// <inheritdoc/>
    public Task<SessionStatus> Configure(
        long? tokenBudget = null, WhenExceeded whenExceeded = WhenExceeded.Trim, int keepNewest = AgentSessionLimits.DefaultKeepNewest,
        long? idleSeconds = null, string? tab = null)
    {
        Argument.Within(tokenBudget ?? 1, "tokenBudget", 1, AgentSessionLimits.MaxTokens);
        Argument.Within(keepNewest, "keepNewest", 1, AgentSessionLimits.MaxKeepNewest);
        Argument.Within(idleSeconds ?? 1, "idleSeconds", 1, AgentSessionLimits.MaxIdleSeconds);
        Name(tab, "tab");
        if (!Enum.IsDefined(whenExceeded))
        {
            throw Argument.Invalid($"'whenExceeded' is {whenExceeded}; it must be 'trim' or 'summarize'.");
        }
        if (whenExceeded == WhenExceeded.Summarize && tokenBudget is null)
        {
            throw Argument.Invalid("'tokenBudget' is missing, without which nothing is ever summarized.");
        }
        AgentSessionState state = _lifetime.Begin() with
        {
            Settings = new SessionSettings(tokenBudget, whenExceeded, keepNewest, idleSeconds),
            FailedAt = null,
        };
        state = Shorten(state);
        _lifetime.Save(state);
        PushShortened(state, tab);
        return Task.FromResult(Describe(state));
    }

    /// <inheritdoc/>
    public Task<SessionStatus> Clear(bool withSystem = false, string? tab = null)
    {
        Name(tab, "tab");
        AgentSessionState state = _lifetime.Begin();
        _conversation.Clear(withSystem);
        _summarizing.Stop(state, "The conversation was cleared.");
        state = state with { Summary = null, Run = null, SummaryError = null, FailedAt = null };
        _lifetime.Save(state);
        PushShortened(state, tab);
        return Task.FromResult(Describe(state));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionDocument> Get(string section)
    {
        Argument.Text(section, "section", AgentSessionLimits.NameCharacters);
        return Task.FromResult(Find(section) ?? new SessionDocument(section, 0, null, null, null));
    }

    /// <inheritdoc/>
    public Task<SessionDocument> Put(string section, JsonElement? value, long expectedVersion, string? tab = null) =>
        Task.FromResult(Write(section, Argument.Json(value, "value", AgentSessionLimits.DocumentBytes) ?? "null", expectedVersion, tab));

    /// <inheritdoc/>
    public Task<SessionDocument> Patch(string section, JsonElement? patch, long? expectedVersion = null, string? tab = null)
    {
        // Before it is looked into, which cannot be done with everything that JSON can write.
        string change = Argument.Json(patch, "patch", AgentSessionLimits.DocumentBytes) ?? "null";
        Argument.Text(section, "section", AgentSessionLimits.NameCharacters);
        JsonElement merged = MergePatch.Apply(Find(section)?.Value, JsonSerializer.Deserialize<JsonElement>(change));
        string json = Argument.JsonOf<JsonElement>(merged, "The patched document", AgentSessionLimits.DocumentBytes)!;
        return Task.FromResult(Write(section, json, expectedVersion, tab));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionChanges> Changes(long sinceVersion = 0, DateTimeOffset? startedAt = null)
    {
        Argument.Within(sinceVersion, "sinceVersion", 0, long.MaxValue);
        if (_lifetime.Current() is not { } state)
        {
            return Task.FromResult(new SessionChanges(null, 0, 0, SessionSettings.Default, [], [], null, null));
        }
        bool isAnother = sinceVersion > state.Version || (startedAt is { } known && known != state.Started);
        long since = isAnother ? 0 : sinceVersion;
        return Task.FromResult(new SessionChanges(
            state.Started, since, state.Version, state.Settings,
            [.. _documents.Since(since)], [.. _conversation.Since(since)], state.Summary, _conversation.First()));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionStatus> Status() => Task.FromResult(Describe(_lifetime.Current()));

    /// <summary>Takes the summary that a workflow has made. For workflows alone.</summary>
    public Task Summarized(WorkflowStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        RuntimeOnly.RequireWorkflow(Context.Caller);
        if (!status.HasEnded || _lifetime.Current() is not { Run: { } run } before || run.Workflow != status.Id)
        {
            return Task.CompletedTask;
        }
        AgentSessionState state = _summarizing.Take(before, run, status);
        if (state.SummaryError is not null)
        {
            _lifetime.Save(state);
            return Task.CompletedTask;
        }
        state = Shorten(state);
        _lifetime.Save(state);
        PushShortened(state, null);
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
        if (_lifetime.Current() is { Run: { } run } state && Context.Caller.IsWorkflowOf(run.Workflow))
        {
            _lifetime.Save(_summarizing.Failed(state, "The workflow that made it is not there any more."));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        if (_lifetime.Stored() is { } state)
        {
            _lifetime.Check(state, alarm.ScheduledFor);
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        string tab = opening.Query.GetValueOrDefault("tab") ?? throw Argument.Invalid("Connect with '?tab='; it is missing.");
        Name(tab, "tab");
        AgentSessionState? state = _lifetime.Opened();
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
        if (_lifetime.Stored() is { Settings.IdleSeconds: not null } state)
        {
            _lifetime.Touch(state);
        }
        return ValueTask.CompletedTask;
    }

    private static void Name(string? value, string name)
    {
        if (value is not null)
        {
            Argument.Text(value, name, AgentSessionLimits.NameCharacters);
        }
    }

    private static DurableObjectException Conflict(string message) => new(409, VersionConflict, message);

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
            return _summarizing.Begin(state);
        }
        List<MessageSize> sizes = _conversation.Sizes();
        int cut = Conversation.Cut(sizes, state.Settings.KeepNewest, gone => !state.IsExceededBy(
            new ConversationSize(size.Count - gone.Count, size.Tokens - gone.Tokens, size.Bytes - gone.Bytes)));
        return cut == 0 ? state : state with { Trimmed = state.Trimmed + _conversation.DeleteUpTo(sizes[cut - 1].Id) };
    }

    private SessionDocument Write(string section, string json, long? expectedVersion, string? tab)
    {
        Argument.Text(section, "section", AgentSessionLimits.NameCharacters);
        Argument.Within(expectedVersion ?? 0, "expectedVersion", 0, long.MaxValue);
        Name(tab, "tab");
        AgentSessionState state = _lifetime.Begin();
        SessionDocument? old = _documents.Find(section);
        if (expectedVersion is { } expected && expected != (old?.Version ?? 0))
        {
            throw Conflict($"'{section}' is at version {old?.Version ?? 0}, not {expected}: somebody else changed it.");
        }
        if (old is not null && Json(old.Value) == json)
        {
            return old;
        }
        if (old is null && _documents.Count() >= AgentSessionLimits.MaxSections)
        {
            throw new DurableObjectException(
                409, TooManySections, $"There are {AgentSessionLimits.MaxSections} sections, which is the limit.");
        }
        SessionDocument document = _documents.Put(section, state.Version, json, tab, Now);
        _lifetime.Save(state);
        Context.Sockets.Send("changed", document);
        return document;
    }

    private static string Json(JsonElement? value) => Argument.Json(value, "value") ?? "null";

    private SessionDocument? Find(string section) => _lifetime.Current() is null ? null : _documents.Find(section);

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
            state.Summarized, state.Run?.Workflow, state.SummaryError, _documents.Versions(), tabs, tabs == 0 ? state.ExpiresAt : null);
    }

    private sealed record SocketPatch(string? Section, JsonElement? Patch, long? ExpectedVersion);
}
