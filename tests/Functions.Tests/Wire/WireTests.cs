using System.Text;
using DurableObjects.Functions.Wire;
using DurableObjects.History;
using DurableObjects.Turns;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Functions.Tests.Wire;

/// <summary>Turns and answers between triggers and entities: what arrives is what was sent.</summary>
public sealed class WireTests
{
    private static readonly ObjectAddress Room = ObjectAddress.OfName("chat-room", "Größe / %2F");
    private static readonly Caller Ann = new("aad:ann", ["contributor"], new Dictionary<string, string> { ["name"] = "Ann" });

    public static TheoryData<string> Kinds => [.. Turns.Keys];

    private static readonly Dictionary<string, Turn> Turns = new()
    {
        ["call"] = new CallTurn("post", "[\"ann\",1]"u8.ToArray())
        {
            Caller = Ann,
            IfMatch = new EntityTag(12),
            IdempotencyKey = "once",
            TraceParent = "00-1-2-01",
            Textual = true,
        },
        ["call if any"] = new CallTurn("post", default) { IfMatch = new EntityTag(null) },
        ["fetch"] = new FetchTurn(new ObjectRequest(
            "PUT", "/a/%2F", "x=1", new Dictionary<string, string> { ["X-One"] = "1" }, new byte[] { 0, 255, 1 })),
        ["signal"] = new SignalTurn(new Signal(Room, "note", "[]"u8.ToArray())),
        ["opened"] = new SocketOpenedTurn("c1", new SocketOpening(new Dictionary<string, string> { ["author"] = "ann" })) { Caller = Ann },
        ["message"] = new SocketMessageTurn("c1", new SocketMessage("\"hi\""u8.ToArray())),
        ["closed"] = new SocketClosedTurn("c1", new SocketClosing(1001, "gone")),
        ["delete"] = new DeleteTurn { IfMatch = new EntityTag(0) },
        ["inspect"] = new InspectTurn(),
        ["points"] = new RecoveryPointsTurn(),
        ["point"] = new CreateRecoveryPointTurn("before the release"),
        ["restore"] = new RestoreTurn(new Bookmark(7, ulong.MaxValue)),
        ["parked"] = new ParkedSignalsTurn(Drop: true),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_turn_arrives_as_it_was_sent(string kind)
    {
        Turn sent = Turns[kind];
        Turn arrived = WireJson.Unpack<Turn>(WireJson.Pack(sent));
        Assert.Equal(sent.GetType(), arrived.GetType());
        // Records compare their lists and bytes by reference; their text does not.
        Assert.Equal(WireJson.Pack(sent), WireJson.Pack(arrived));
        Assert.Equal((sent.IfMatch, sent.IdempotencyKey, sent.TraceParent), (arrived.IfMatch, arrived.IdempotencyKey, arrived.TraceParent));
        Assert.Equal(sent.Caller.Id, arrived.Caller.Id);
        Assert.Equal(sent.Caller.Roles, arrived.Caller.Roles);
    }

    [Fact]
    public void An_answer_arrives_as_it_was_given()
    {
        Answer sent = new()
        {
            Json = "{\"a\":\"ü\"}"u8.ToArray(),
            Version = 3,
            Replayed = true,
            Error = new Failure(503, "overloaded", "text", true, true, TimeSpan.FromSeconds(1)),
            Response = ObjectResponse.Text("hello", 418),
        };
        Answer arrived = WireJson.Unpack<Answer>(WireJson.Pack(sent));
        Assert.Equal(sent.Json.ToArray(), arrived.Json.ToArray());
        Assert.Equal((sent.Version, sent.Replayed, sent.Error), (arrived.Version, arrived.Replayed, arrived.Error));
        Assert.Equal((418, "hello"), (arrived.Response!.Status, Encoding.UTF8.GetString(arrived.Response.Body.Span)));
    }

    [Fact]
    public void A_turn_that_only_a_host_gives_itself_does_not_travel() =>
        Assert.ThrowsAny<NotSupportedException>(() => WireJson.Pack<Turn>(new ClockTurn()));

    [Fact]
    public void Any_bytes_come_out_as_they_went_in_and_their_text_is_not_escaped_in_JSON() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            string text = Packed.ToText(Packed.Pack(bytes));
            Assert.Equal(text.Length + 2, System.Text.Json.JsonSerializer.Serialize(text).Length);
            Assert.Equal(bytes, Packed.Unpack(Packed.FromText(text)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_was_not_packed_here_is_told_and_not_guessed() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            try
            {
                WireJson.Unpack<Turn>(bytes);
            }
            catch (InvalidDataException)
            {
                // The only way for it to fail.
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Repetitions_are_packed_small_and_a_damaged_text_is_told()
    {
        byte[] packed = Packed.Pack(new byte[100_000]);
        Assert.InRange(packed.Length, 1, 100);
        Assert.Throws<InvalidDataException>(() => Packed.Unpack(packed.AsSpan(0, packed.Length - 1)));
        Assert.Throws<InvalidDataException>(() => Packed.FromText("a+b"));
    }
}
