using DurableObjects.Functions.Sockets;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class RelayEffectsTests
{
    private static readonly SocketOpening Opening = new(new Dictionary<string, string>());
    private static readonly ReadOnlyMemory<byte>[] Arguments = ["1"u8.ToArray()];
    private static readonly Turn Call = new CallTurn("post", default);

    [Fact]
    public void Most_turns_have_none() => Assert.Empty(RelayEffects.Of(Call, Outcome(3)));

    [Fact]
    public void An_opened_socket_joins_before_anything_is_sent_to_it() => Assert.Equal(
        ["join c", "send a,c"],
        Of(new SocketOpenedTurn("c", Opening), Outcome(3, Send("a", "c"))));

    [Fact]
    public void An_opened_socket_that_the_turn_closes_never_joins() => Assert.Equal(
        ["send c", "close c: full"],
        Of(new SocketOpenedTurn("c", Opening), Outcome(0, Send("c"), Close("c", "full"))));

    [Fact]
    public void A_refused_socket_is_closed_with_the_reason()
    {
        DurableObjectException refusal = new(400, ErrorCodes.InvalidArgument, "Connect with '?author='; it is missing.");
        TurnOutcome outcome = new(Answer.Failed(refusal), ObjectSummary.None);

        Assert.Equal(["close c: Connect with '?author='; it is missing."], Of(new SocketOpenedTurn("c", Opening), outcome));
    }

    [Fact]
    public void A_socket_whose_opening_was_abandoned_is_closed()
    {
        Failure reason = new(504, ErrorCodes.DeadlineExceeded, "The turn took too long.", true, false, null);

        Assert.Equal(
            ["close c: The turn took too long."],
            Of(new AbandonedTurn(new SocketOpenedTurn("c", Opening), reason), Outcome(0)));
        Assert.Empty(Of(new AbandonedTurn(Call, reason), Outcome(0)));
    }

    [Fact]
    public void A_message_that_failed_closes_nothing()
    {
        TurnOutcome outcome = Outcome(1) with { Answer = Answer.Failed(new InvalidOperationException()) };

        Assert.Empty(RelayEffects.Of(new SocketMessageTurn("c", new SocketMessage("1"u8.ToArray())), outcome));
    }

    [Fact]
    public void A_send_to_all_goes_to_the_group() => Assert.Equal(["all"], Of(Call, Outcome(3, Send("a", "b", "c"))));

    [Fact]
    public void A_send_to_some_goes_to_them() => Assert.Equal(["send a,b"], Of(Call, Outcome(3, Send("a", "b"))));

    [Fact]
    public void A_send_to_the_only_socket_goes_to_it() => Assert.Equal(["send a"], Of(Call, Outcome(1, Send("a"))));

    [Fact]
    public void The_others_hear_of_a_newcomer_by_the_group() => Assert.Equal(
        ["join c", "all but c"],
        Of(new SocketOpenedTurn("c", Opening), Outcome(3, Send("a", "b"))));

    [Fact]
    public void All_but_one_who_is_not_the_newcomer_are_named() => Assert.Equal(
        ["join c", "send a,c"],
        Of(new SocketOpenedTurn("c", Opening), Outcome(3, Send("a", "c"))));

    [Fact]
    public void The_remaining_hear_by_the_group_of_one_who_left() => Assert.Equal(
        ["all"],
        Of(new SocketClosedTurn("c", new SocketClosing(1001, "")), Outcome(2, Send("a", "b"))));

    [Fact]
    public void With_a_close_in_the_turn_nothing_goes_to_the_group()
    {
        // Sent to two of three, of which one was closed: as many as there are afterwards, and not the same.
        Assert.Equal(["send a,b", "close a: "], Of(Call, Outcome(2, Send("a", "b"), Close("a", ""))));
        // Sent to those who were left.
        Assert.Equal(["close a: ", "send b,c"], Of(Call, Outcome(2, Close("a", ""), Send("b", "c"))));
    }

    [Fact]
    public void The_order_is_kept() => Assert.Equal(
        ["all", "send b", "all"], Of(Call, Outcome(2, Send("a", "b"), Send("b"), Send("a", "b"))));

    private static SocketSend Send(params string[] ids) => new(ids, "message", Arguments);

    private static SocketClose Close(string id, string reason) => new(id, new SocketClosing(1000, reason));

    private static TurnOutcome Outcome(int sockets, params SocketEffect[] effects) =>
        new(Answer.Nothing, ObjectSummary.None with { Sockets = sockets }) { SocketEffects = effects };

    private static IEnumerable<string> Of(Turn turn, TurnOutcome outcome) => RelayEffects.Of(turn, outcome).Select(effect => effect switch
    {
        RelayJoin join => $"join {join.ConnectionId}",
        RelaySend send => $"send {string.Join(",", send.ConnectionIds)}",
        RelayGroupSend { Except.Count: 0 } => "all",
        RelayGroupSend send => $"all but {string.Join(",", send.Except)}",
        RelayClose close => $"close {close.ConnectionId}: {close.Reason}",
        _ => effect.ToString(),
    });
}
