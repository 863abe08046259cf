namespace DurableObjects.Embedded.Tests;

public class ListenAddressCheckTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7071", true)]
    [InlineData("http://localhost:7071", true)]
    [InlineData("https://LOCALHOST", true)]
    [InlineData("http://127.8.8.8:1", true)]
    [InlineData("http://[::1]:7071", true)]
    [InlineData("http://[::ffff:127.0.0.1]:7071", true)]
    [InlineData("http://0.0.0.0:7071", false)]
    [InlineData("http://[::]:7071", false)]
    [InlineData("http://*:7071", false)]
    [InlineData("http://+:7071", false)]
    [InlineData("http://10.0.0.1:7071", false)]
    [InlineData("http://localhost.example.com:7071", false)]
    [InlineData("http://127.0.0.1.example.com:7071", false)]
    public void Only_this_machine_itself_is_loopback(string address, bool isLoopback) =>
        Assert.Equal(isLoopback, ListenAddressCheck.IsLoopback(address));
}
