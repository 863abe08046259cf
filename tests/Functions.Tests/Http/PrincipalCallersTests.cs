using System.Text;
using System.Text.Json;
using DurableObjects.Functions.Http;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Functions.Tests.Http;

/// <summary>Callers of App Service authentication, and what somebody may send who would like to be one.</summary>
public sealed class PrincipalCallersTests
{
    private const string ObjectIdClaim = "http://schemas.microsoft.com/identity/claims/objectidentifier";

    private readonly PrincipalCallers _callers = new(isOn: true, defaultRole: null);

    [Fact]
    public async Task A_principal_is_its_provider_and_object_id_with_the_roles_that_are_ours()
    {
        Caller caller = await CallerOfAsync(Principal(
            (ObjectIdClaim, "0f1e"), ("roles", "Contributor"), ("roles", "billing"), ("name", "Ann"), ("tid", "t1")));
        Assert.Equal("aad:0f1e", caller.Id);
        Assert.Equal(["contributor"], caller.Roles);
        Assert.Equal(("Ann", "t1"), (caller.Claims["name"], caller.Claims["tid"]));
    }

    [Fact]
    public async Task Roles_are_read_under_the_type_that_the_principal_names()
    {
        Caller caller = await CallerOfAsync(Encode(new
        {
            auth_typ = "aad",
            role_typ = "r",
            claims = new[] { new { typ = "sub", val = "s" }, new { typ = "r", val = "admin" } },
        }));
        Assert.True(caller.IsInRole(Caller.Administrator));
    }

    [Fact]
    public async Task Who_has_no_role_of_ours_has_the_default_one_if_there_is_one()
    {
        string header = Principal(("sub", "s"), ("roles", "owner of everything"));
        Assert.Empty((await CallerOfAsync(header)).Roles);
        Caller viewer = await new PrincipalCallers(isOn: true, "viewer").ResolveAsync(Request(header), CancellationToken.None);
        Assert.Equal(["viewer"], viewer.Roles);
    }

    [Fact]
    public async Task Where_the_platform_does_not_authenticate_the_header_is_not_believed_and_nobody_gets_in()
    {
        PrincipalCallers off = new(isOn: false, defaultRole: "admin");
        string header = Principal(("sub", "s"), ("roles", "admin"));
        DurableObjectException refused = await Assert.ThrowsAsync<DurableObjectException>(
            () => off.ResolveAsync(Request(header), CancellationToken.None).AsTask());
        Assert.Equal(401, refused.Status);
        Assert.Contains("WEBSITE_AUTH_ENABLED", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_function_keys_the_header_is_not_looked_at()
    {
        Caller caller = await new KeyHolders().ResolveAsync(Request(Principal(("sub", "mallory"))), CancellationToken.None);
        Assert.Equal("function-key", caller.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("%%%")]
    [InlineData("bm90IGpzb24=")]
    [InlineData("bnVsbA==")]
    [InlineData("W10=")]
    [InlineData("e30=")]
    [InlineData("eyJjbGFpbXMiOm51bGx9")]
    [InlineData("eyJjbGFpbXMiOltudWxsXX0=")]
    [InlineData("eyJjbGFpbXMiOlt7InR5cCI6bnVsbCwidmFsIjoieCJ9XX0=")]
    [InlineData("eyJjbGFpbXMiOlt7InR5cCI6InN1YiIsInZhbCI6MX1dfQ==")]
    public async Task What_is_no_principal_is_refused(string header)
    {
        DurableObjectException refused = await Assert.ThrowsAsync<DurableObjectException>(() => CallerOfAsync(header));
        Assert.Equal(401, refused.Status);
    }

    [Fact]
    public async Task Two_headers_are_refused_and_so_is_one_beyond_the_limit()
    {
        HttpRequest two = Request(Principal(("sub", "a")));
        two.Headers[PrincipalCallers.Header] = new StringValues([Principal(("sub", "a")), Principal(("sub", "b"))]);
        await Assert.ThrowsAsync<DurableObjectException>(() => _callers.ResolveAsync(two, CancellationToken.None).AsTask());
        DurableObjectException refused = await Assert.ThrowsAsync<DurableObjectException>(
            () => CallerOfAsync(new string('A', PrincipalCallers.MaxCharacters + 1)));
        Assert.Contains("32,768", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Claims_that_are_too_long_together_are_left_out_and_the_caller_is_the_same()
    {
        Caller caller = await CallerOfAsync(Principal(
            ("sub", "s"), ("name", new string('n', PrincipalCallers.MaxClaimCharacters)), ("email", "a@b.c")));
        Assert.Equal("aad:s", caller.Id);
        Assert.DoesNotContain("name", caller.Claims.Keys);
    }

    [Fact]
    public void Whatever_comes_it_is_a_caller_or_a_refusal_and_nothing_else()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            foreach (string header in (string[])[Convert.ToBase64String(bytes), Encoding.Latin1.GetString(bytes)])
            {
                try
                {
                    ValueTask<Caller> resolving = _callers.ResolveAsync(Request(header), CancellationToken.None);
                    Assert.True(resolving.IsCompleted);
                }
                catch (DurableObjectException error)
                {
                    Assert.Equal(401, error.Status);
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    private async Task<Caller> CallerOfAsync(string header) => await _callers.ResolveAsync(Request(header), CancellationToken.None);

    private static string Principal(params (string Type, string Value)[] claims) => Encode(new
    {
        auth_typ = "aad",
        name_typ = "name",
        role_typ = "roles",
        claims = claims.Select(claim => new { typ = claim.Type, val = claim.Value }),
    });

    private static string Encode<T>(T principal) => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(principal));

    private static HttpRequest Request(string header)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        request.Headers[PrincipalCallers.Header] = header;
        return request;
    }
}
