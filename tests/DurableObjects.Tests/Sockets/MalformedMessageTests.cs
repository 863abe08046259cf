using System.Text;

namespace DurableObjects.Tests.Sockets;

public sealed class MalformedMessageTests
{
    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"without an end")]
    [InlineData("")]
    public void Reading_a_malformed_message_as_text_is_the_senders_mistake(string json)
    {
        SocketMessage message = new(Encoding.UTF8.GetBytes(json));

        DurableObjectException error = Assert.Throws<DurableObjectException>(() => message.Text);
        Assert.Equal((400, ErrorCodes.InvalidArgument), (error.Status, error.Code));
    }

    [Theory]
    [InlineData("\"hello\"", "hello")]
    [InlineData("{}", null)]
    [InlineData("null", null)]
    public void A_message_is_a_text_or_not(string json, string? text) =>
        Assert.Equal(text, new SocketMessage(Encoding.UTF8.GetBytes(json)).Text);
}
