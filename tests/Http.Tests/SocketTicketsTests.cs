using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace DurableObjects.Http.Tests;

public sealed class SocketTicketsTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly ObjectAddress Lobby = ObjectAddress.OfName("room", "grüße/🎉");
    private static readonly Caller Ann = new("ann", ["viewer", "admin"], new Dictionary<string, string> { ["tenant"] = "t1" });
    private static readonly Dictionary<string, string> Query = new() { ["Author"] = "änn \"x\"" };

    private readonly SettableClock _clock = new();
    private readonly SocketTickets _tickets;

    public SocketTicketsTests() => _tickets = new SocketTickets(Key, _clock);

    [Fact]
    public void A_ticket_says_what_it_was_issued_for()
    {
        SocketTicket ticket = _tickets.Validate(_tickets.Issue(Lobby, Ann, Query));

        Assert.Equal(Lobby, ticket.Address);
        Assert.Equal("ann", ticket.Caller.Id);
        Assert.Equal(Ann.Roles, ticket.Caller.Roles);
        Assert.Equal(Ann.Claims, ticket.Caller.Claims);
        Assert.Equal("änn \"x\"", ticket.Query["author"]);
        Assert.Equal(_clock.Now, ticket.IssuedAt);
        Assert.Equal(_clock.Now.AddMinutes(5), ticket.ExpiresAt);
    }

    [Fact]
    public void An_object_without_a_name_and_a_caller_without_an_id_stay_so()
    {
        ObjectAddress unique = new("room", ObjectId.Unique("room"), null);

        SocketTicket ticket = _tickets.Validate(_tickets.Issue(unique, Caller.Anonymous, new Dictionary<string, string>()));

        Assert.Equal(unique, ticket.Address);
        Assert.Null(ticket.Caller.Id);
        Assert.Empty(ticket.Query);
    }

    [Fact]
    public void A_ticket_is_safe_in_a_url() =>
        Assert.Matches("^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$", _tickets.Issue(Lobby, Ann, Query));

    [Fact]
    public void An_expired_ticket_still_says_whose_it_was_and_a_forged_one_nothing()
    {
        string ticket = _tickets.Issue(Lobby, Ann, Query);
        _clock.Now += TimeSpan.FromDays(1);

        Assert.Equal(Lobby, _tickets.Identify(ticket).Address);
        Assert.Equal(401, Assert.Throws<DurableObjectException>(() => _tickets.Identify(ticket + "A")).Status);
        Assert.Equal(401, Assert.Throws<DurableObjectException>(() => _tickets.Identify(null)).Status);
    }

    [Fact]
    public void A_ticket_is_good_until_it_expires_and_not_at_that_moment()
    {
        string ticket = _tickets.Issue(Lobby, Ann, Query);

        _clock.Now += TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1);
        _tickets.Validate(ticket);
        _clock.Now += TimeSpan.FromMilliseconds(1);

        Assert.Contains("expired", MustBeRefused(ticket).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_character_of_a_ticket_can_be_changed()
    {
        string ticket = _tickets.Issue(Lobby, Ann, Query);
        for (int i = 0; i < ticket.Length; i++)
        {
            char[] forged = ticket.ToCharArray();
            forged[i] = forged[i] == 'A' ? 'B' : 'A';
            MustBeRefused(new string(forged));
        }
    }

    [Fact]
    public void A_ticket_under_another_key_is_refused()
    {
        byte[] other = [.. Key];
        other[31]++;

        MustBeRefused(new SocketTickets(other, _clock).Issue(Lobby, Ann, Query));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a")]
    [InlineData("e30.")]
    [InlineData("e30.e30")]
    [InlineData("*.*")]
    [InlineData("a.b.c")]
    public void What_is_no_ticket_is_refused(string? text) => MustBeRefused(text);

    [Fact]
    public void A_payload_of_another_version_is_refused_though_it_is_signed()
    {
        string issued = _tickets.Issue(Lobby, Ann, Query);
        string json = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(issued.Split('.')[0]));
        Assert.Contains("\"v\":1", json, StringComparison.Ordinal);
        byte[] later = Encoding.UTF8.GetBytes(json.Replace("\"v\":1", "\"v\":2", StringComparison.Ordinal));

        MustBeRefused($"{Base64Url.EncodeToString(later)}.{Base64Url.EncodeToString(HMACSHA256.HashData(Key, later))}");
    }

    [Fact]
    public void A_ticket_at_the_limit_is_issued_and_one_beyond_it_is_not()
    {
        int length = 0;
        DurableObjectException? refusal = null;
        for (int size = 2_000; refusal is null; size++)
        {
            refusal = Record.Exception(() => length = IssueWith(size).Length) as DurableObjectException;
        }

        Assert.InRange(length, SocketTickets.MaxCharacters - 2, SocketTickets.MaxCharacters);
        Assert.Equal(400, refusal.Status);
        Assert.Contains("the limit is 4,096", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_under_32_bytes_is_refused() =>
        Assert.Throws<ArgumentException>(() => new SocketTickets(new byte[31], _clock));

    private string IssueWith(int size) =>
        _tickets.Issue(Lobby, Ann, new Dictionary<string, string> { ["a"] = new('a', size) });

    private DurableObjectException MustBeRefused(string? ticket)
    {
        DurableObjectException error = Assert.Throws<DurableObjectException>(() => _tickets.Validate(ticket));
        Assert.Equal(401, error.Status);
        Assert.Equal(ErrorCodes.Unauthenticated, error.Code);
        return error;
    }
}
