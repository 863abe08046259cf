using System.Text;
using DurableObjects.Classes;

namespace DurableObjects.Tests.Classes;

public sealed class ArgumentEncodingTests
{
    private static readonly ArgumentBinder Binder =
        new(typeof(ArgumentEncodingTests).GetMethod(nameof(Post))!, "room.post");

    public static string Post(string text, int count = 0) => $"{text} {count}";

    [Theory]
    [InlineData("{\"text\":\"*\"}", false)]
    [InlineData("{\"*\":1}", false)]
    [InlineData("{\"text\":\"a\",\"count\":\"*\"}", true)]
    public void Arguments_that_are_not_utf_8_are_the_callers_mistake(string json, bool textual)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        bytes[Array.IndexOf(bytes, (byte)'*')] = 0xFF;

        DurableObjectException error = Assert.Throws<DurableObjectException>(() => Binder.Bind(bytes, textual, () => default));

        Assert.Equal((400, ErrorCodes.InvalidArgument), (error.Status, error.Code));
    }

    [Theory]
    [InlineData("{\"text\":\"\\ud800\"}", false)]
    [InlineData("{\"\\ud800\":1}", false)]
    [InlineData("{\"text\":\"a\",\"count\":\"\\ud800\"}", true)]
    public void Half_a_surrogate_pair_is_the_callers_mistake(string json, bool textual)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);

        DurableObjectException error = Assert.Throws<DurableObjectException>(() => Binder.Bind(bytes, textual, () => default));

        Assert.Equal((400, ErrorCodes.InvalidArgument), (error.Status, error.Code));
    }
}
