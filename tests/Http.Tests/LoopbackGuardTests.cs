using System.Net;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http.Tests;

public sealed class LoopbackGuardTests
{
    private readonly HttpRequest _request = new DefaultHttpContext().Request;

    public LoopbackGuardTests() => _request.Host = new HostString("localhost", 7071);

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:80")]
    [InlineData("127.0.0.1:7071")]
    [InlineData("[::1]:7071")]
    public void Loopback_hosts_pass(string host)
    {
        _request.Host = new HostString(host);
        LoopbackGuard.Check(_request);
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("localhost.example.com")]
    [InlineData("127.0.0.1.example.com")]
    [InlineData("192.168.0.1:7071")]
    [InlineData("[2001:db8::1]")]
    [InlineData("0.0.0.0")]
    [InlineData("")]
    public void Other_hosts_are_403(string host)
    {
        _request.Host = new HostString(host);
        MustBeRefused();
    }

    [Theory]
    [InlineData("http://localhost:3000")]
    [InlineData("https://127.0.0.1")]
    [InlineData("http://[::1]:5173")]
    public void Pages_on_loopback_may_call(string origin)
    {
        _request.Headers.Origin = origin;
        _request.Headers["Sec-Fetch-Site"] = "cross-site";
        LoopbackGuard.Check(_request);
    }

    [Theory]
    [InlineData("https://example.com")]
    [InlineData("http://localhost.example.com")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("http://localhost, https://example.com")]
    public void Pages_from_elsewhere_are_403(string origin)
    {
        _request.Headers.Origin = origin;
        MustBeRefused();
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    public void Pages_from_elsewhere_are_403_when_the_browser_names_no_origin(string site)
    {
        _request.Headers["Sec-Fetch-Site"] = site;
        MustBeRefused();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("same-origin")]
    public void What_the_user_typed_passes(string site)
    {
        _request.Headers["Sec-Fetch-Site"] = site;
        LoopbackGuard.Check(_request);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public void Loopback_connections_pass(string address)
    {
        _request.HttpContext.Connection.LocalIpAddress = IPAddress.Parse(address);
        LoopbackGuard.Check(_request);
    }

    [Fact]
    public void Other_connections_are_403()
    {
        _request.HttpContext.Connection.LocalIpAddress = IPAddress.Parse("192.168.0.1");
        MustBeRefused();
    }

    private void MustBeRefused()
    {
        DurableObjectException error = Assert.Throws<DurableObjectException>(() => LoopbackGuard.Check(_request));
        Assert.Equal((403, ErrorCodes.Forbidden), (error.Status, error.Code));
        Assert.Contains("Configure an API key", error.Message, StringComparison.Ordinal);
    }
}
