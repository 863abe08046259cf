using System.Text;
using DurableObjects.Functions.Sockets;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Functions.Tests.Sockets;

public sealed class SocketEffectCodecTests
{
    private static readonly RelayEffect[] Example =
    [
        new RelayJoin("c"),
        new RelaySend(["a", "b"], "message", ["\"ü\""u8.ToArray(), "{}"u8.ToArray()]),
        new RelayGroupSend(["c"], "joined", []),
        new RelayClose("a", "full 🎉"),
    ];

    [Fact]
    public void What_is_encoded_comes_back()
    {
        Gen<string> text = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(one => ValidUnicode(one.Get));
        Gen<List<string>> ids = text.ListOf();
        Gen<List<ReadOnlyMemory<byte>>> arguments =
            text.Select(one => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(one)).ListOf();
        Gen<RelayEffect> effect = Gen.OneOf(
            text.Select(id => (RelayEffect)new RelayJoin(id)),
            from id in text from reason in text select (RelayEffect)new RelayClose(id, reason),
            from to in ids from target in text from all in arguments select (RelayEffect)new RelaySend(to, target, all),
            from but in ids from target in text from all in arguments select (RelayEffect)new RelayGroupSend(but, target, all));

        Prop.ForAll(effect.ListOf().ToArbitrary(), effects => Same(effects, SocketEffectCodec.Decode(SocketEffectCodec.Encode(effects))))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_small_stays_as_it_is_and_what_is_large_shrinks()
    {
        RelayEffect[] large = [new RelayGroupSend([], "message", [Encoding.UTF8.GetBytes($"\"{new string('x', 100_000)}\"")])];

        Assert.InRange(SocketEffectCodec.Encode(Example).Length, 1, 64);
        Assert.InRange(SocketEffectCodec.Encode(large).Length, 1, 200);
        Assert.True(Same(large, SocketEffectCodec.Decode(SocketEffectCodec.Encode(large))));
    }

    [Fact]
    public void Damage_is_found_and_named()
    {
        byte[] encoded = SocketEffectCodec.Encode(Example);
        byte[] large = SocketEffectCodec.Encode([new RelayClose("a", new string('x', 5_000))]);
        byte[][] damaged =
        [
            [], [0], [9, .. encoded[1..]], encoded[..^1], [.. encoded, 0], [2], [2, 255, 255, 255, 255, 1], large[..^2],
            [2, 1, 0, 0, 0, .. large[5..]], [1, 1, 77],
        ];

        foreach (byte[] bytes in damaged)
        {
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => SocketEffectCodec.Decode(bytes));
            Assert.Contains("no socket effects", error.Message, StringComparison.Ordinal);
        }
    }

    private static string ValidUnicode(string text) => new([.. text.Where(one => !char.IsSurrogate(one))]);

    private static bool Same(IReadOnlyList<RelayEffect> one, IReadOnlyList<RelayEffect> other) =>
        one.Select(Text).SequenceEqual(other.Select(Text));

    private static string Text(RelayEffect effect) => effect switch
    {
        RelaySend send => $"send {Texts(send.ConnectionIds)} {send.Target} {Texts(send.Arguments)}",
        RelayGroupSend send => $"group {Texts(send.Except)} {send.Target} {Texts(send.Arguments)}",
        _ => effect.ToString(),
    };

    private static string Texts(IEnumerable<string> texts) => string.Join('\u0001', texts.Select(text => $"<{text}>"));

    private static string Texts(IEnumerable<ReadOnlyMemory<byte>> bytes) =>
        Texts(bytes.Select(one => Convert.ToHexString(one.Span)));
}
