using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class SessionTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly TestHost _host = TestHost.Of(typeof(Session));

    private ISession Ada => _host.Objects.Get<ISession>("ada");

    private ObjectAddress Address => _host.Address<ISession>("ada");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_session_begins_with_a_token_that_is_good_for_it()
    {
        SessionTicket ticket = await Ada.Create("phone", ttlSeconds: 60, absoluteTtlSeconds: 600);
        await _host.HibernateAllAsync(rebuild: true);

        Assert.Equal(ticket.SessionId, ticket.Token.Split('.')[0]);
        Assert.Equal(32, Convert.FromBase64String(ticket.Token.Split('.')[1].Replace('-', '+').Replace('_', '/') + "=").Length);
        Assert.Equal((At(60), null), (ticket.ExpiresAt, ticket.Dropped));
        SessionState state = new(ticket.SessionId, "phone", Start, Start, At(60), At(600));
        Assert.Equal(state, await Ada.Validate(ticket.Token));
        Assert.Equal(state, await Ada.Validate(ticket.Token, touch: false));
        Assert.Equal(state, await Ada.Check(ticket.Token));
        Assert.Equal([state], await Ada.Devices());
    }

    [Fact]
    public async Task Only_the_hash_of_a_token_is_stored()
    {
        SessionTicket ticket = await Ada.Create("phone", 60);
        string secret = ticket.Token.Split('.')[1];
        await _host.HibernateAllAsync(rebuild: true);
        byte[] database = await File.ReadAllBytesAsync(_host.DatabaseOf(Address));

        Assert.Equal(-1, database.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)));
        Assert.NotEqual(-1, database.AsSpan().IndexOf(SHA256.HashData(Encoding.UTF8.GetBytes(secret))));
    }

    [Fact]
    public async Task A_session_expires_to_the_millisecond_also_before_the_alarm()
    {
        SessionTicket ticket = await Ada.Create("phone", 1.5m);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1_499));
        await Ada.Check(ticket.Token);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));

        await RefusedAsync(ticket.Token);
        Assert.Empty(await Ada.Devices());
        Assert.False(await Ada.Revoke(ticket.SessionId));
    }

    [Fact]
    public async Task The_last_session_takes_the_object_along_when_it_expires()
    {
        await Ada.Create("phone", 10);
        await Ada.Create("tablet", 20);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("tablet", Assert.Single(await Ada.Devices()).Device);
        Assert.True(_host.SummaryOf(Address).Exists);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.False(_host.SummaryOf(Address).Exists);
        await RefusedAsync("x.y");
    }

    [Fact]
    public async Task Validating_lets_a_session_live_on_and_writes_only_when_a_tenth_of_its_time_has_passed()
    {
        SessionTicket ticket = await Ada.Create("phone", 100, absoluteTtlSeconds: 1_000);
        int commits = _host.CommitsOf(Address).Count;
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        Assert.Equal(At(100), (await Ada.Validate(ticket.Token)).ExpiresAt);
        Assert.Equal(commits, _host.CommitsOf(Address).Count);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(At(100), (await Ada.Validate(ticket.Token, touch: false)).ExpiresAt);
        SessionState state = await Ada.Validate(ticket.Token);
        Assert.Equal((At(10), At(110)), (state.SeenAt, state.ExpiresAt));
        Assert.Equal(state, await Ada.Check(ticket.Token));
        Assert.Equal(commits + 1, _host.CommitsOf(Address).Count);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(99_999));
        await Ada.Check(ticket.Token);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await RefusedAsync(ticket.Token);
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task No_validation_outlives_the_absolute_time()
    {
        SessionTicket ticket = await Ada.Create("phone", 10, absoluteTtlSeconds: 25);
        SessionTicket only = await Ada.Create("till", 10, absoluteTtlSeconds: 10);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Equal(At(19), (await Ada.Validate(ticket.Token)).ExpiresAt);
        Assert.Equal(At(10), (await Ada.Validate(only.Token)).ExpiresAt);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Equal(At(25), (await Ada.Validate(ticket.Token)).ExpiresAt);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(6_999));
        await Ada.Validate(ticket.Token);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await RefusedAsync(ticket.Token);
    }

    [Fact]
    public async Task What_is_no_token_is_refused_in_the_same_words_and_writes_nothing()
    {
        SessionTicket ticket = await Ada.Create("phone", 60);
        SessionTicket other = await Ada.Create("tablet", 60);
        SessionTicket bob = await _host.Objects.Get<ISession>("bob").Create("phone", 60);
        SessionTicket ended = await Ada.Create("old", 60);
        await Ada.Revoke(ended.SessionId);
        string secret = ticket.Token.Split('.')[1];
        int commits = _host.CommitsOf(Address).Count;
        string[] wrong =
        [
            "", ".", "x", ticket.SessionId, ticket.SessionId + ".", "." + secret, secret, ticket.Token + "x", ticket.Token[..^1],
            ticket.Token + "." + secret, $"{other.SessionId}.{secret}", $"{ticket.SessionId}.{other.Token.Split('.')[1]}",
            ticket.SessionId + "." + new string('A', 43), bob.Token, ended.Token, ticket.Token.ToUpperInvariant(), new string('x', 100_000),
            "\0", "🙂.🙂",
        ];
        foreach (string token in wrong)
        {
            await RefusedAsync(token);
        }
        Assert.Equal(commits, _host.CommitsOf(Address).Count);
        Assert.Equal(2, (await Ada.Devices()).Count);

        ISession nobody = _host.Objects.Get<ISession>("nobody");
        await Expect.Refusal(401, Session.InvalidToken, () => nobody.Check(ticket.Token));
        await Expect.Refusal(401, Session.InvalidToken, () => nobody.Validate(ticket.Token));
        Assert.False(await nobody.Revoke(ticket.SessionId));
        Assert.Equal(0, await nobody.RevokeAll());
        Assert.Empty(_host.CommitsOf(_host.Address<ISession>("nobody")));
    }

    [Fact]
    public async Task Revoking_ends_one_session_with_its_data_and_the_last_one_the_object()
    {
        SessionTicket phone = await Ada.Create("phone", 60);
        SessionTicket tablet = await Ada.Create("tablet", 60);
        Assert.True(await Ada.Revoke(phone.SessionId));
        Assert.False(await Ada.Revoke(phone.SessionId));
        await RefusedAsync(phone.Token);
        await Ada.Check(tablet.Token);
        Assert.True(await Ada.Revoke(tablet.SessionId));
        Assert.False(_host.SummaryOf(Address).Exists);
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    [Fact]
    public async Task Revoking_all_may_spare_one()
    {
        SessionTicket phone = await Ada.Create("phone", 60);
        await Ada.Create("tablet", 60);
        await Ada.Create("tv", 1);
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        await Expect.Refusal(401, Session.InvalidToken, () => Ada.RevokeAll("wrong"));
        Assert.Equal(1, await Ada.RevokeAll(phone.Token));
        Assert.Equal(phone.SessionId, Assert.Single(await Ada.Devices()).SessionId);
        Assert.Equal(0, await Ada.RevokeAll(phone.Token));
        Assert.Equal(1, await Ada.RevokeAll());
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_rotated_token_replaces_the_one_before_and_the_session_goes_on()
    {
        SessionTicket first = await Ada.Create("phone", 100);
        await Ada.Set(first.Token, "cart", Json("[1]"));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(50));
        SessionTicket second = await Ada.Rotate(first.Token);

        Assert.Equal((first.SessionId, At(150), null), (second.SessionId, second.ExpiresAt, second.Dropped));
        Assert.NotEqual(first.Token, second.Token);
        await RefusedAsync(first.Token);
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal("[1]", (await Ada.Get(second.Token, "cart"))?.GetRawText());
        Assert.Equal(Start, (await Ada.Check(second.Token)).CreatedAt);
    }

    [Fact]
    public async Task Of_too_many_sessions_the_one_not_seen_for_longest_is_dropped()
    {
        List<SessionTicket> tickets = [];
        for (int i = 0; i < Session.MaxSessions; i++)
        {
            tickets.Add(await Ada.Create($"device {i}", 1_000));
            Assert.Null(tickets[^1].Dropped);
            _host.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        await _host.AdvanceAsync(TimeSpan.FromSeconds(100));
        await Ada.Validate(tickets[0].Token);
        SessionTicket more = await Ada.Create("one more", 1_000);

        Assert.Equal(tickets[1].SessionId, more.Dropped);
        await RefusedAsync(tickets[1].Token);
        await Ada.Check(tickets[0].Token);
        Assert.Equal(Session.MaxSessions, (await Ada.Devices()).Count);
        Assert.Equal("one more", (await Ada.Devices())[0].Device);
    }

    [Fact]
    public async Task Expired_sessions_do_not_count_against_the_limit()
    {
        for (int i = 0; i < Session.MaxSessions; i++)
        {
            await Ada.Create("phone", 1);
        }
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null((await Ada.Create("phone", 1)).Dropped);
    }

    [Fact]
    public async Task Data_belongs_to_a_session_and_setting_it_lets_the_session_live_on()
    {
        SessionTicket phone = await Ada.Create("phone", 100);
        SessionTicket tablet = await Ada.Create("tablet", 100);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(60));
        await Ada.Set(phone.Token, "cart", Json("""{"n":1.50}"""));
        Assert.Equal("""{"n":1.50}""", (await Ada.Get(phone.Token, "cart"))?.GetRawText());
        Assert.Null(await Ada.Get(tablet.Token, "cart"));
        Assert.Equal([At(160), At(100)], (await Ada.Devices()).Select(one => one.ExpiresAt));
        await Ada.Set(phone.Token, "cart", Json("2"));
        Assert.Equal("2", (await Ada.Get(phone.Token, "cart"))?.GetRawText());
        await Ada.Set(phone.Token, "cart", null);
        Assert.Null(await Ada.Get(phone.Token, "cart"));
        await Ada.Set(phone.Token, "cart", Json("3"));
        await Ada.Set(phone.Token, "cart", Json("null"));
        Assert.Null(await Ada.Get(phone.Token, "cart"));
        await Expect.Refusal(401, Session.InvalidToken, () => Ada.Get("x", "cart"));
        await Expect.Refusal(401, Session.InvalidToken, () => Ada.Set("x", "cart", Json("1")));
    }

    [Fact]
    public async Task Data_has_limits_on_both_sides()
    {
        SessionTicket phone = await Ada.Create("phone", 100);
        for (int i = 0; i < Session.MaxKeys; i++)
        {
            await Ada.Set(phone.Token, $"k{i}", Json("1"));
        }
        await Expect.Refusal(409, Session.TooManyKeys, () => Ada.Set(phone.Token, "more", Json("1")), "32");
        await Ada.Set(phone.Token, "k0", Text(Session.ValueBytes - 2));
        await Expect.InvalidArgument(() => Ada.Set(phone.Token, "k0", Text(Session.ValueBytes - 1)), "'value'", "4,097", "4,096");
        await Ada.Set(phone.Token, "k0", Json(Nested(32)));
        await Expect.InvalidArgument(() => Ada.Set(phone.Token, "k0", Json(Nested(33))), "'value'", "32 levels");
        await Ada.Set(phone.Token, "k0", null);
        await Ada.Set(phone.Token, new string('k', 128), Json("1"));
        await Expect.InvalidArgument(() => Ada.Set(phone.Token, new string('k', 129), Json("1")), "'key'", "128");
        await Expect.InvalidArgument(() => Ada.Set(phone.Token, "", Json("1")), "'key'");
        await Expect.InvalidArgument(() => Ada.Get(phone.Token, ""), "'key'");

        static string Nested(int levels) => new string('[', levels) + new string(']', levels);
    }

    [Fact]
    public async Task Arguments_have_limits_on_both_sides()
    {
        await Expect.InvalidArgument(() => Ada.Create("", 60), "'device'");
        await Expect.InvalidArgument(() => Ada.Create(new string('d', 257), 60), "'device'", "257", "256");
        foreach (decimal ttl in (decimal[])[0, 0.999m, -1, 7_776_000.001m, 1.0001m, decimal.MaxValue])
        {
            await Expect.InvalidArgument(() => Ada.Create("d", ttl), "'ttlSeconds'", "1", "7776000");
        }
        await Expect.InvalidArgument(() => Ada.Create("d", 60, 59.999m), "'absoluteTtlSeconds'", "60", "31536000");
        await Expect.InvalidArgument(() => Ada.Create("d", 60, 31_536_000.001m), "'absoluteTtlSeconds'");
        Assert.Empty(_host.CommitsOf(Address));
        await Ada.Create(new string('d', 256), 7_776_000, 31_536_000);
        await Ada.Create("d", 1, 1);
        Assert.Equal([At(1), Start.AddDays(365)], (await Ada.Devices()).Select(one => one.EndsAt).Order());
    }

    [Fact]
    public async Task Over_HTTP_nothing_lists_a_token()
    {
        string created = await _host.PostAsync("session", "ada", "create", """{"device":"phone","ttlSeconds":60}""");
        SessionTicket ticket = JsonSerializer.Deserialize<SessionTicket>(created, ObjectJson.Options)!;
        Assert.EndsWith(""","expiresAt":"2030-01-01T00:01:00+00:00","dropped":null}""", created, StringComparison.Ordinal);
        Assert.Equal(
            $$"""
            [{"sessionId":"{{ticket.SessionId}}","device":"phone","createdAt":"2030-01-01T00:00:00+00:00",
            "seenAt":"2030-01-01T00:00:00+00:00","expiresAt":"2030-01-01T00:01:00+00:00","endsAt":"2031-01-01T00:00:00+00:00"}]
            """.ReplaceLineEndings(""),
            await _host.PostAsync("session", "ada", "devices"));
        Assert.Equal("null", await _host.PostAsync("session", "ada", "get", $$"""{"token":"{{ticket.Token}}","key":"k"}"""));
    }

    private static DateTimeOffset At(double seconds) => Start.AddMilliseconds(Math.Round(seconds * 1_000));

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static JsonElement Text(int characters) => JsonSerializer.SerializeToElement(new string('x', characters));

    private async Task RefusedAsync(string token)
    {
        const string Words = "The token is not one of a live session.";
        await Expect.Refusal(401, Session.InvalidToken, () => Ada.Validate(token), Words);
        await Expect.Refusal(401, Session.InvalidToken, () => Ada.Check(token), Words);
        await Expect.Refusal(401, Session.InvalidToken, () => Ada.Rotate(token), Words);
    }
}
