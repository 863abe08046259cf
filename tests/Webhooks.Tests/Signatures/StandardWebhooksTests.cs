using System.Security.Cryptography;
using System.Text;
using DurableObjects.Webhooks.Signatures;

namespace DurableObjects.Webhooks.Tests.Signatures;

public sealed class StandardWebhooksTests
{
    private const string OrderPaid = """{"type":"order.paid","timestamp":"2026-07-31T12:00:00Z","data":{"id":"o1"}}""";
    private const string PolarToken = "ovyN6cPrTv56AApvzCaJno08SSmGJmgbWilb33N2JuK";
    private const string AnotherSignature = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

    private static readonly WebhookScheme Scheme = Delivery.SchemeOf("standard-webhooks");

    /// <summary>The vector on which the specification's own libraries agree.</summary>
    private static readonly Delivery Reference = new(
        Scheme, """{"test": 2432232314}"""u8.ToArray(),
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="))
    {
        Secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        At = DateTimeOffset.FromUnixTimeSeconds(1_614_265_330),
    };

    [Fact]
    public void The_vector_of_the_reference_libraries_is_verified()
    {
        VerifiedWebhook webhook = Reference.MustBeVerified();
        Assert.Equal(new VerifiedWebhook("msg_p5jXN8AQM9LWM0D4loKWxJek", "", Reference.At), webhook);
        (Reference with { Secrets = ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] }).MustBeVerified();
    }

    [Fact]
    public void The_vector_is_refused_with_any_bit_of_it_changed() =>
        Reference.MustBeRefusedHoweverChanged("webhook-id", "webhook-timestamp", "webhook-signature");

    [Theory]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=")]
    [InlineData("v1,dawfeoifkpqwoekfpqoekf")]
    [InlineData("v1,invalid_signature")]
    [InlineData("v1,g0hM9")]
    [InlineData("v1,")]
    [InlineData(AnotherSignature)]
    public void Signatures_that_the_reference_libraries_refuse_are_refused(string signature) =>
        Reference.With("webhook-signature", signature).MustBeRefused(WebhookReasons.NoMatch);

    [Theory]
    [InlineData("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("invalid_signature")]
    [InlineData("")]
    public void A_signature_of_another_version_counts_for_nothing(string signature) =>
        Reference.With("webhook-signature", signature).MustBeRefused(WebhookReasons.NoKnownVersion);

    [Fact]
    public void One_good_signature_among_others_is_enough_wherever_it_stands()
    {
        string good = Reference["webhook-signature"];
        string[] others = [AnotherSignature, "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=", "v1a,abc=", AnotherSignature];
        for (int i = 0; i <= others.Length; i++)
        {
            Reference.With("webhook-signature", string.Join(' ', [.. others[..i], good, .. others[i..]])).MustBeVerified();
        }
        Reference.With("webhook-signature", $"  {AnotherSignature}   {good} ").MustBeVerified();
        Reference.With("webhook-signature", string.Join(' ', others)).MustBeRefused(WebhookReasons.NoMatch);
    }

    [Theory]
    [InlineData("webhook-id")]
    [InlineData("webhook-timestamp")]
    [InlineData("webhook-signature")]
    public void Each_header_comes_exactly_once_and_is_not_huge(string header)
    {
        string value = Reference[header];
        Reference.With(header).MustBeRefused(WebhookReasons.HeaderMissing);
        Reference.With(header, value, value).MustBeRefused(WebhookReasons.HeaderRepeated);
        Reference.With(header, value + new string(' ', WebhookLimits.HeaderCharacters)).MustBeRefused(WebhookReasons.HeaderTooLong);
    }

    [Fact]
    public void The_names_of_headers_are_compared_without_regard_to_case() =>
        (Reference with { Headers = [.. Reference.Headers.Select(one => (one.Name.ToUpperInvariant(), one.Value))] }).MustBeVerified();

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("-1614265330")]
    [InlineData("+1614265330")]
    [InlineData(" 1614265330")]
    [InlineData("1614265330 ")]
    [InlineData("1614265330\0")]
    [InlineData("1614265330.0")]
    [InlineData("1,614,265,330")]
    [InlineData("１６１４２６５３３０")]
    [InlineData("253402300800")]
    [InlineData("9999999999999999999999")]
    public void A_timestamp_is_digits_and_nothing_else(string timestamp) =>
        Reference.With("webhook-timestamp", timestamp).MustBeRefused(WebhookReasons.HeaderMalformed);

    [Fact]
    public void A_timestamp_may_be_five_minutes_away_from_now_and_no_more()
    {
        Delivery delivery = Delivery.Standard(OrderPaid);
        TimeSpan tolerance = TimeSpan.FromMinutes(5);
        foreach (TimeSpan beyond in (TimeSpan[])[TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)])
        {
            (delivery with { At = Delivery.Now + tolerance + beyond }).MustBeRefused(WebhookReasons.TooOld);
            (delivery with { At = Delivery.Now - tolerance - beyond }).MustBeRefused(WebhookReasons.TooNew);
        }
        Assert.Equal(Delivery.Now, (delivery with { At = Delivery.Now + tolerance }).MustBeVerified().Timestamp);
        Assert.Equal(Delivery.Now, (delivery with { At = Delivery.Now - tolerance }).MustBeVerified().Timestamp);
        (delivery with { At = DateTimeOffset.MaxValue }).MustBeRefused(WebhookReasons.TooOld);
        (delivery with { At = DateTimeOffset.MinValue }).MustBeRefused(WebhookReasons.TooNew);
    }

    [Fact]
    public void Of_a_forged_webhook_that_is_old_too_the_operator_is_told_that_it_is_forged() =>
        (Reference.With("webhook-signature", AnotherSignature) with { At = Reference.At.AddDays(1) }).MustBeRefused(WebhookReasons.NoMatch);

    [Fact]
    public void While_a_secret_is_replaced_the_old_and_the_new_one_are_good()
    {
        string older = Convert.ToBase64String(Encoding.UTF8.GetBytes("the older key, of 33 bytes in all"));
        string newer = Convert.ToBase64String(Encoding.UTF8.GetBytes("the newer key, of 33 bytes in all"));
        string[] both = ["whsec_" + older, "whsec_" + newer];
        foreach (string key in (string[])[older, newer])
        {
            Delivery delivery = Delivery.Standard(OrderPaid, keys: key);
            (delivery with { Secrets = both }).MustBeVerified();
            (delivery with { Secrets = [both[1], both[0]] }).MustBeVerified();
            (delivery with { Secrets = ["whsec_" + Delivery.Key] }).MustBeRefused(WebhookReasons.NoMatch);
            (delivery with { Secrets = [] }).MustBeRefused(WebhookReasons.NoMatch);
        }
        (Delivery.Standard(OrderPaid, keys: [older, newer]) with { Secrets = [both[0]] }).MustBeVerified();
        (Delivery.Standard(OrderPaid, keys: [older, newer]) with { Secrets = [both[1]] }).MustBeVerified();
    }

    [Theory]
    [InlineData("polar_whs_" + PolarToken, "F8AZKkLBYh2ot1n1sj3Pg/70JRXSuvgtOvvBK/QUv1k=")]
    [InlineData("text:polar_whs_" + PolarToken, "F8AZKkLBYh2ot1n1sj3Pg/70JRXSuvgtOvvBK/QUv1k=")]
    [InlineData("text:whsec_" + PolarToken, "SfXIEKy9I1Pwxg+A32fwjLzHKolT3JwbAJKP+HW3L3U=")]
    [InlineData("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "xAc6rWaZpC85DGHh3/4Es7T6kMscDXBFfkMy57TBkJ4=")]
    public void Each_kind_of_secret_that_Polar_gave_is_good_for_what_it_signs_with_it(string secret, string signature)
    {
        Delivery delivery = new(
            Scheme, Encoding.UTF8.GetBytes(OrderPaid),
            ("webhook-id", "0b5cbe0e-2f3a-4a0e-9b1c-6a3d8f0c7e11"),
            ("webhook-timestamp", "1785499200"),
            ("webhook-signature", "v1," + signature))
        {
            Secrets = [secret],
        };

        Assert.Equal(
            new VerifiedWebhook("0b5cbe0e-2f3a-4a0e-9b1c-6a3d8f0c7e11", "order.paid", Delivery.Now), delivery.MustBeVerified());
        (delivery with { Secrets = [secret[..^5] + "AAAB="] }).MustBeRefused(WebhookReasons.NoMatch);
    }

    [Fact]
    public void A_secret_has_24_to_64_bytes_and_an_error_that_does_not_show_it()
    {
        foreach (int bytes in (int[])[24, 25, 32, 64])
        {
            Scheme.ReadSecret("whsec_" + Base64Of(bytes));
            Scheme.ReadSecret(Base64Of(bytes));
        }
        foreach (string secret in (string[])[
            "", "whsec_", "whsec_" + Base64Of(23), Base64Of(65), "whsec_" + PolarToken, "whsec_MfKQ9r8GKYqr TwjUPD8ILPZIo2LaLaSw",
            " " + Base64Of(32), Base64Of(32) + "\n", Base64Of(32).Replace('+', '-').Replace('/', '_')[..^1],
            "WHSEC_" + Base64Of(32), "text:", "text:only 23 bytes in here!!", "text:half a surrogate \ud83d, and then more of it",
            "text:" + new string('x', WebhookLimits.SecretCharacters),
        ])
        {
            FormatException error = Assert.Throws<FormatException>(() => Scheme.ReadSecret(secret));
            Assert.Null(error.InnerException);
            if (secret.Length > 10)
            {
                Assert.DoesNotContain(secret[^8..], error.Message, StringComparison.Ordinal);
            }
        }
        Assert.DoesNotContain(Delivery.Key, $"{Scheme.ReadSecret(Delivery.Key)}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_webhook_in_the_name_of_Svix_has_its_own_headers_which_are_not_mixed_with_the_others()
    {
        Delivery svix = Reference with
        {
            Headers = [.. Reference.Headers.Select(one => (one.Name.Replace("webhook-", "svix-", StringComparison.Ordinal), one.Value))],
        };

        svix.MustBeVerified();
        svix.MustBeRefusedHoweverChanged("svix-id", "svix-timestamp", "svix-signature");
        svix.With("svix-id").With("webhook-id", Reference["webhook-id"]).MustBeRefused(WebhookReasons.HeaderMissing);
        svix.With("webhook-signature", AnotherSignature).MustBeRefused(WebhookReasons.HeaderMissing);
        Reference.With("svix-signature", AnotherSignature).MustBeVerified();
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("with\ttab")]
    [InlineData("grüße")]
    [InlineData("\u007f")]
    public void An_id_that_is_signed_and_no_id_is_malformed(string id) =>
        Delivery.Standard(OrderPaid, id).MustBeMalformed(WebhookReasons.BadId);

    [Fact]
    public void An_id_has_255_characters_at_most()
    {
        Assert.Equal(new string('i', 255), Delivery.Standard(OrderPaid, new string('i', 255)).MustBeVerified().Id);
        Delivery.Standard(OrderPaid, new string('i', 256)).MustBeMalformed(WebhookReasons.BadId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Hello, World!")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("""{"type":"a"}x""")]
    [InlineData("""{"type":"a"}{"type":"b"}""")]
    [InlineData("""{"type":"a",}""")]
    [InlineData("""{"type":"\ud83d"}""")]
    [InlineData("""{"\ud83d":"a"}""")]
    [InlineData("payload=%7B%7D")]
    public void A_body_that_is_signed_and_no_JSON_object_is_malformed(string body) =>
        Delivery.Standard(body).MustBeMalformed(WebhookReasons.NotJson);

    [Fact]
    public void A_body_with_bytes_that_are_no_UTF_8_is_malformed()
    {
        byte[] body = [.. "{\"type\":\""u8, 0xff, .. "\"}"u8];
        byte[] key = Convert.FromBase64String(Delivery.Key);
        string signature = Convert.ToBase64String(HMACSHA256.HashData(key, (byte[])[.. "msg_1.1785499200."u8, .. body]));

        (Delivery.Standard("") with { Body = body }).With("webhook-signature", "v1," + signature)
            .MustBeMalformed(WebhookReasons.NotJson);
    }

    [Theory]
    [InlineData("""{"type":"a.b"}""", "a.b")]
    [InlineData(""" { "data" : { "type" : "inner" , "x" : [ { } ] } , "type" : "outer" } """, "outer")]
    [InlineData("""{"data":{"type":"inner"}}""", "")]
    [InlineData("""{"ty\u0070e":"escaped\u002ename"}""", "escaped.name")]
    [InlineData("""{"type":"first","type":"last"}""", "last")]
    [InlineData("""{"type":null}""", "")]
    [InlineData("""{"type":{"type":"x"}}""", "")]
    [InlineData("""{"type":""}""", "")]
    [InlineData("{}", "")]
    public void The_type_is_that_of_the_body_if_it_has_one(string body, string type) =>
        Assert.Equal(type, Delivery.Standard(body).MustBeVerified().Type);

    [Fact]
    public void A_type_has_255_visible_characters_at_most()
    {
        Delivery.Standard($$"""{"type":"{{new string('t', 255)}}"}""").MustBeVerified();
        Delivery.Standard($$"""{"type":"{{new string('t', 256)}}"}""").MustBeMalformed(WebhookReasons.BadType);
        Delivery.Standard("""{"type":"two\nlines"}""").MustBeMalformed(WebhookReasons.BadType);
    }

    [Fact]
    public void Full_stops_moved_between_id_timestamp_and_body_make_no_other_webhook_of_a_signed_one()
    {
        Delivery delivery = Delivery.Standard("""{"type":"a"}""", "a.1785499200");
        delivery.MustBeVerified();
        // The same signed bytes, split at another full stop.
        (delivery with { Body = Encoding.UTF8.GetBytes("""1785499200.{"type":"a"}""") })
            .With("webhook-id", "a").MustBeMalformed(WebhookReasons.NotJson);
        Delivery inner = Delivery.Standard("""{"x":"y.1785499200.{}"}""", "a");
        (inner with { Body = "{}\"}"u8.ToArray() })
            .With("webhook-id", """a.1785499200.{"x":"y""").MustBeMalformed(WebhookReasons.NotJson);
    }

    private static string Base64Of(int bytes) => Convert.ToBase64String([.. Enumerable.Range(0, bytes).Select(i => (byte)(255 - i))]);
}
