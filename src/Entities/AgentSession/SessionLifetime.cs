namespace DurableObjects.Entities;

/// <summary>
/// An <see cref="AgentSession"/> from its first change until it has been idle for long enough with no tab connected: the state that it
/// keeps, and the alarm that ends it.
/// </summary>
internal sealed class SessionLifetime(
    ObjectContext context, Conversation conversation, SessionDocuments documents, Summarizing summarizing)
{
    private const string StateKey = "session";
    private const string Expired = "The session has expired.";

    private long Now => context.Now.ToUnixTimeMilliseconds();

    /// <summary>The session, be it over or not.</summary>
    public AgentSessionState? Stored() => context.Storage.Get<AgentSessionState>(StateKey);

    /// <summary>The session; null if it has not begun or has expired.</summary>
    public AgentSessionState? Current() => Stored() is { } state && !IsOver(state) ? state : null;

    /// <summary>The session that a tab finds which has just connected.</summary>
    public AgentSessionState? Opened()
    {
        AgentSessionState? state = Stored();
        // This socket counts already, so what had expired without anybody looking would be alive again.
        return state is not null && IsIdle(state) && context.Sockets.Count <= 1 ? Forget(state) : state;
    }

    /// <summary>The session as the turn is going to leave it, one version further. One that has expired begins anew.</summary>
    public AgentSessionState Begin()
    {
        AgentSessionState? state = Stored() is { } stored && IsOver(stored) ? Forget(stored) : Stored();
        long now = Now;
        state ??= new AgentSessionState(now, now, 0, SessionSettings.Default);
        return state with { Version = state.Version + 1, ActiveAt = now };
    }

    public void Save(AgentSessionState state)
    {
        context.Storage.Put(StateKey, state);
        SetAlarm(state);
    }

    /// <summary>Counts the idle time from now.</summary>
    public void Touch(AgentSessionState state) => Save(state with { ActiveAt = Now });

    /// <summary>Ends the session if its time is over, and asks after a summary.</summary>
    public void Check(AgentSessionState state, DateTimeOffset alarm)
    {
        if (IsOver(state) && alarm <= context.Now - AgentSessionLimits.Lateness)
        {
            state = state with { ActiveAt = Now };
            context.Storage.Put(StateKey, state);
        }
        if (IsOver(state))
        {
            summarizing.Stop(state, Expired);
            context.Storage.DeleteAll();
            return;
        }
        summarizing.Watch(state);
        SetAlarm(state);
    }

    /// <summary>Whether its time is over. Where the alarm is too late to be true, the time is what the alarm makes of it.</summary>
    private bool IsIdle(AgentSessionState state) =>
        state.ExpiresAt <= context.Now && !(context.Storage.GetAlarm() <= context.Now - AgentSessionLimits.Lateness);

    private bool IsOver(AgentSessionState state) => IsIdle(state) && context.Sockets.Count == 0;

    private AgentSessionState? Forget(AgentSessionState state)
    {
        summarizing.Stop(state, Expired);
        conversation.Clear(withSystem: true);
        documents.Clear();
        context.Storage.Delete(StateKey);
        return null;
    }

    /// <summary>One that is early moves on when it fires, which spares every change a write.</summary>
    private void SetAlarm(AgentSessionState state)
    {
        DateTimeOffset? watch = state.Run is null ? null : context.Now + Summarizing.WatchEvery;
        DateTimeOffset? expiry = state.ExpiresAt is { } end && end <= context.Now
            ? context.Now.AddSeconds(state.Settings.IdleSeconds!.Value)
            : state.ExpiresAt;
        DateTimeOffset? next = watch < expiry || expiry is null ? watch : expiry;
        if (next is { } due && !(context.Storage.GetAlarm() <= due))
        {
            context.Storage.SetAlarm(due);
        }
    }
}
