using DurableObjects.Harness;
using DurableObjects.Hosting;

namespace DurableObjects.Entities.Tests;

public sealed class AgentSessionLifetimeTests : AgentSessionTest
{
    [Fact]
    public async Task An_idle_session_ends_itself_to_the_millisecond()
    {
        await Session.Configure(idleSeconds: 60);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(50));
        await Session.Append(SessionRole.User, Json("hi"));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(59.999));
        Assert.Single(await Session.Messages());
        Assert.Equal(Start.AddSeconds(110), (await Session.Status()).ExpiresAt);

        await Host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.False(Host.SummaryOf(Address).Exists);
        Assert.Equal(0, (await Session.Status()).Version);
    }

    [Fact]
    public async Task A_session_past_its_time_is_gone_before_its_alarm_comes()
    {
        await Session.Configure(tokenBudget: 5, idleSeconds: 60);
        await Session.Append(SessionRole.User, Json("hi"));
        await Session.Put("ui", Json(1), 0);
        Host.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Empty(await Session.Messages());
        Assert.Empty((await Session.ContextAsync()).Messages);
        Assert.Null((await Session.Get("ui")).Value);
        Assert.Null((await Session.Status()).StartedAt);
        Assert.Empty((await Session.Changes()).Documents);
        Assert.Equal(1, (await Session.Patch("ui", Json(new { b = 2 }))).Version);
        SessionStatus status = await Session.Status();
        Assert.Equal((Start.AddSeconds(60), 0, SessionSettings.Default), (status.StartedAt, status.Messages, status.Settings));
        await Host.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(1, (await Session.Status()).Version);
    }

    [Fact]
    public async Task A_session_does_not_expire_while_a_tab_is_connected()
    {
        await Session.Configure(idleSeconds: 60);
        TestSocket tab = await ConnectAsync("a");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(150));
        Assert.Equal(1, (await Session.Status()).Version);
        Assert.Null((await Session.Status()).ExpiresAt);

        await tab.CloseAsync();
        await Host.AdvanceAsync(TimeSpan.FromSeconds(59.999));
        Assert.Equal(1, (await Session.Status()).Version);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.False(Host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_tab_that_comes_too_late_finds_a_session_that_has_not_begun()
    {
        await Session.Configure(idleSeconds: 60);
        await Session.Append(SessionRole.User, Json("hi"));
        Host.Clock.Advance(TimeSpan.FromSeconds(60));
        TestSocket tab = await ConnectAsync("a");
        Assert.Equal("""[{"startedAt":null,"version":0}]""", tab.Received.Single().Arguments);
        Assert.Empty(await Session.Messages());
    }

    [Fact]
    public async Task A_session_that_was_returned_to_a_time_long_past_stays_for_one_idle_period()
    {
        await Session.Configure(idleSeconds: 60);
        await Session.Append(SessionRole.User, Json("hi"));
        ObjectRecovery recovery = new(Host);
        string earlier = (await recovery.ListAsync(Address, Caller.Runtime, CancellationToken.None)).Current;
        await Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.False(Host.SummaryOf(Address).Exists);

        await recovery.RestoreAsync(Address, earlier, Caller.Runtime, CancellationToken.None);
        Assert.Single(await Session.Messages());
        await Host.TickAsync();
        Assert.Single(await Session.Messages());
        await Host.HibernateAllAsync(rebuild: true);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(59.999));
        Assert.Single(await Session.Messages());
        await Host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.False(Host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_returned_session_is_written_on_and_opened_before_its_alarm_comes()
    {
        await Session.Configure(idleSeconds: 60);
        await Session.Append(SessionRole.User, Json("hi"));
        ObjectRecovery recovery = new(Host);
        string earlier = (await recovery.ListAsync(Address, Caller.Runtime, CancellationToken.None)).Current;
        await Host.AdvanceAsync(TimeSpan.FromHours(1));
        await recovery.RestoreAsync(Address, earlier, Caller.Runtime, CancellationToken.None);

        TestSocket tab = await ConnectAsync("a");
        Assert.Equal(2, Parse(tab.Received.Single()).GetProperty("version").GetInt64());
        Assert.Equal(3, (await Session.Append(SessionRole.User, Json("again"))).Id);
        await Host.TickAsync();
        Assert.Equal(2, (await Session.Messages()).Count);
    }

    [Fact]
    public async Task An_alarm_that_is_a_little_late_ends_a_session_all_the_same()
    {
        await Session.Configure(idleSeconds: 60);
        Host.Clock.Advance(TimeSpan.FromSeconds(60) + AgentSessionLimits.Lateness - TimeSpan.FromMilliseconds(1));
        await Host.TickAsync();
        Assert.False(Host.SummaryOf(Address).Exists);

        await Session.Configure(idleSeconds: 60);
        Host.Clock.Advance(TimeSpan.FromSeconds(60) + AgentSessionLimits.Lateness);
        await Host.TickAsync();
        Assert.True(Host.SummaryOf(Address).Exists);
    }
}
