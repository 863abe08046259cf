using System.Security.Cryptography;
using System.Text;
using DurableObjects.Webhooks.Signatures;

namespace DurableObjects.Webhooks.Tests.Signatures;

/// <summary>A webhook under test: what was sent, to whom and when. Signs on its own, not with what it tests.</summary>
internal sealed record Delivery(WebhookScheme Scheme, byte[] Body, params (string Name, string Value)[] Headers)
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_785_499_200);

    public string[] Secrets { get; init; } = [];

    public DateTimeOffset At { get; init; } = Now;

    public static WebhookScheme SchemeOf(string name) => WebhookScheme.Find(name)!;

    public static Delivery Standard(string body, string id = "msg_1", DateTimeOffset? time = null, params string[] keys)
    {
        long seconds = (time ?? Now).ToUnixTimeSeconds();
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        string[] signed = [.. (keys.Length > 0 ? keys : [Key]).Select(key =>
            "v1," + Convert.ToBase64String(Hmac(Convert.FromBase64String(key), $"{id}.{seconds}.", bytes)))];
        return new Delivery(
            SchemeOf("standard-webhooks"), bytes,
            ("webhook-id", id), ("webhook-timestamp", $"{seconds}"), ("webhook-signature", string.Join(' ', signed)))
        {
            Secrets = ["whsec_" + Key],
        };
    }

    public static Delivery Stripe(string body, DateTimeOffset? time = null, params string[] secrets)
    {
        long seconds = (time ?? Now).ToUnixTimeSeconds();
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        IEnumerable<string> signed = (secrets.Length > 0 ? secrets : [StripeSecret]).Select(secret =>
            ",v1=" + Convert.ToHexStringLower(Hmac(Encoding.UTF8.GetBytes(secret), $"{seconds}.", bytes)));
        return new Delivery(SchemeOf("stripe"), bytes, ("Stripe-Signature", $"t={seconds}{string.Concat(signed)}"))
        {
            Secrets = [StripeSecret],
        };
    }

    public static Delivery GitHub(string body, string id = "72d3162e-cc78-11e3-81ab-4c9367dc0958", string type = "issues")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        string signed = "sha256=" + Convert.ToHexStringLower(Hmac(Encoding.UTF8.GetBytes(GitHubSecret), "", bytes));
        return new Delivery(
            SchemeOf("github"), bytes, ("X-Hub-Signature-256", signed), ("X-GitHub-Delivery", id), ("X-GitHub-Event", type))
        {
            Secrets = [GitHubSecret],
        };
    }

    /// <summary>32 bytes.</summary>
    public static string Key { get; } = Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    public const string StripeSecret = "whsec_test_secret";
    public const string GitHubSecret = "It's a Secret to Everybody";

    public string this[string header] => Headers.Single(one => one.Name == header).Value;

    public Delivery With(string header, params string[] values) => this with
    {
        Headers = [.. Headers.Where(one => one.Name != header), .. values.Select(value => (header, value))],
    };

    public WebhookVerdict Verify() => Scheme.Verify(
        new WebhookRequest(Body, Headers.Select(header => KeyValuePair.Create(header.Name, header.Value))),
        [.. Secrets.Select(Scheme.ReadSecret)],
        At);

    public VerifiedWebhook MustBeVerified()
    {
        WebhookVerdict verdict = Verify();
        Assert.True(verdict.IsVerified, verdict.Reason);
        Assert.Equal((WebhookOutcome.Verified, null, null), (verdict.Outcome, verdict.Reason, verdict.Message));
        return verdict.Webhook;
    }

    public void MustBeRefused(string reason)
    {
        WebhookVerdict verdict = Verify();
        Assert.Equal((WebhookOutcome.Refused, reason), (verdict.Outcome, verdict.Reason));
        Assert.Equal("The signature is not valid.", verdict.Message);
        Assert.Null(verdict.Webhook);
    }

    public void MustBeMalformed(string reason)
    {
        WebhookVerdict verdict = Verify();
        Assert.Equal((WebhookOutcome.Malformed, reason), (verdict.Outcome, verdict.Reason));
        Assert.Equal($"The signature is valid, but {reason}.", verdict.Message);
        Assert.Null(verdict.Webhook);
    }

    /// <summary>However one bit of the body, or of a header, or a whole character of it is changed, it is refused.</summary>
    public void MustBeRefusedHoweverChanged(params string[] signedHeaders)
    {
        MustBeVerified();
        for (int bit = 0; bit < 8 * Body.Length; bit++)
        {
            byte[] changed = [.. Body];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            (this with { Body = changed }).MustBeRefused(WebhookReasons.NoMatch);
        }
        for (int i = 0; i < Body.Length; i++)
        {
            (this with { Body = [.. Body[..i], .. Body[(i + 1)..]] }).MustBeRefused(WebhookReasons.NoMatch);
        }
        (this with { Body = [.. Body, (byte)' '] }).MustBeRefused(WebhookReasons.NoMatch);
        foreach (string header in signedHeaders)
        {
            string value = this[header];
            for (int i = 0; i < value.Length; i++)
            {
                for (int bit = 0; bit < 16; bit++)
                {
                    char changed = (char)(value[i] ^ (1 << bit));
                    MustBeRefusedWith(header, value[..i] + changed + value[(i + 1)..]);
                }
                MustBeRefusedWith(header, value[..i] + value[(i + 1)..]);
                MustBeRefusedWith(header, value[..i] + value[i] + value[i..]);
            }
        }
    }

    private void MustBeRefusedWith(string header, string value)
    {
        WebhookOutcome outcome = With(header, value).Verify().Outcome;
        Assert.True(outcome == WebhookOutcome.Refused, $"{header}: {value} is {outcome}");
    }

    private static byte[] Hmac(byte[] key, string head, byte[] body) =>
        HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes(head), .. body]);
}
