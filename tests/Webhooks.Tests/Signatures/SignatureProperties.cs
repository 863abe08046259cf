using System.Text;
using System.Text.Json;
using DurableObjects.Webhooks.Signatures;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Webhooks.Tests.Signatures;

/// <summary>What holds of every scheme, whatever is sent.</summary>
public sealed class SignatureProperties
{
    private const string Sample = """{"id":"evt_1","type":"a.b","action":"c"}""";

    private static readonly Gen<string> Names =
        from characters in Gen.Choose('!', '~').Select(code => (char)code).NonEmptyListOf()
        select new string([.. characters.Take(WebhookLimits.TypeCharacters)]);

    private static readonly Gen<string> Keys =
        from bytes in Gen.Choose(WebhookLimits.MinKeyBytes, WebhookLimits.MaxKeyBytes)
        from key in Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), bytes)
        select Convert.ToBase64String(key);

    private static readonly Gen<string> Texts = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get);

    // Pieces of headers, among them good signatures of another body, so that garbage comes close to what is right.
    private static readonly Gen<string> Pieces = Gen.OneOf(
        Texts,
        Gen.Elements(
            "v1,", "v1=", "v0=", "v1a,", "t=", "sha256=", "sha1=", ",", "=", " ", ".", "\0", "\t", "\ud83d", "t", "0", "1785499200",
            $"t={Delivery.Now.ToUnixTimeSeconds()},", new string('=', 100), new string(',', 5_000), new string(' ', 4_000),
            Delivery.Standard(Sample)["webhook-signature"], Delivery.Stripe(Sample)["Stripe-Signature"],
            Delivery.GitHub(Sample)["X-Hub-Signature-256"]));

    private static readonly Gen<string> JsonPieces = Gen.Elements(
        "{", "}", "\"id\"", "\"type\"", "\"action\"", ":", ",", "\"a\"", "\"\\ud83d\"", "[", "1");

    private static readonly Gen<string> Headers = Pieces.ListOf().Select(string.Concat);

    [Fact]
    public void What_is_signed_is_verified_with_its_id_type_and_time() =>
        Prop.ForAll(
            (from id in Names
             from type in Names
             from key in Keys
             from text in Texts
             from seconds in Gen.Choose(-300, 300)
             select (id, type, key, text, seconds)).ToArbitrary(),
            sent =>
            {
                DateTimeOffset time = Delivery.Now.AddSeconds(sent.seconds);
                string body = JsonSerializer.Serialize(new { before = sent.text, sent.id, sent.type, after = new { type = sent.text } });
                VerifiedWebhook expected = new(sent.id, sent.type, time);

                Assert.Equal(
                    expected, (Delivery.Standard(body, sent.id, time, sent.key) with { Secrets = [sent.key] }).MustBeVerified());
                Assert.Equal(expected, (Delivery.Stripe(body, time, sent.key) with { Secrets = [sent.key] }).MustBeVerified());
                Assert.Equal(expected with { Timestamp = Delivery.Now }, Delivery.GitHub(body, sent.id, sent.type).MustBeVerified());
            }).Check(Repeatable.Config);

    [Fact]
    public void Whatever_stands_in_the_headers_it_is_refused_and_nothing_is_thrown() =>
        Prop.ForAll(
            (from headers in Gen.ArrayOf(Headers, 3)
             from repeated in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
             select (headers, repeated)).ToArbitrary(),
            sent =>
            {
                // Another body than the one that the pieces are signatures of.
                const string Body = """{"id":"evt_2","type":"a.b","action":"c"}""";
                foreach (Delivery delivery in (Delivery[])[Delivery.Standard(Body), Delivery.Stripe(Body), Delivery.GitHub(Body)])
                {
                    Delivery garbled = delivery;
                    for (int i = 0; i < delivery.Headers.Length; i++)
                    {
                        string header = delivery.Headers[i].Name;
                        garbled = sent.repeated
                            ? garbled.With(header, sent.headers[i], sent.headers[(i + 1) % 3])
                            : garbled.With(header, sent.headers[i]);
                        // Only the signature is garbage, then the rest too.
                        AssertRefused(delivery.With(SignatureOf(delivery), sent.headers[i]));
                        AssertRefused(garbled.With(SignatureOf(delivery), sent.headers[i]));
                    }
                }
            }).Check(Repeatable.Config);

    [Fact]
    public void Whatever_is_signed_nothing_is_thrown_and_what_is_verified_has_an_id() =>
        Prop.ForAll(
            (from pieces in Gen.OneOf(Texts, JsonPieces).ListOf()
             from id in Texts
             select (body: string.Concat(pieces), id)).ToArbitrary(),
            sent =>
            {
                foreach (Delivery delivery in (Delivery[])[
                    Delivery.Standard(sent.body, sent.id), Delivery.Stripe(sent.body), Delivery.GitHub(sent.body, sent.id, sent.id)])
                {
                    WebhookVerdict verdict = delivery.Verify();
                    Assert.NotEqual(WebhookOutcome.Refused, verdict.Outcome);
                    Assert.True(!verdict.IsVerified || verdict.Webhook.Id.Length is > 0 and <= WebhookLimits.IdCharacters);
                }
            }).Check(Repeatable.Config);

    [Fact]
    public void A_body_nested_ever_so_deep_is_read_or_malformed()
    {
        foreach (int depth in (int[])[10, 900, 2_000, 200_000])
        {
            string body = $$"""{"id":"evt_1","type":"a.b","x":{{new string('[', depth)}}{{new string(']', depth)}}}""";
            Assert.Equal(
                depth < 1_000 ? WebhookOutcome.Verified : WebhookOutcome.Malformed, Delivery.Stripe(body).Verify().Outcome);
        }
    }

    [Fact]
    public void A_body_of_the_greatest_size_is_verified()
    {
        StringBuilder body = new("""{"id":"evt_1","type":"a.b","x":" """);
        body.Append('x', WebhookLimits.BodyBytes - body.Length - 2).Append("\"}");
        Assert.Equal(WebhookLimits.BodyBytes, Delivery.Stripe(body.ToString()).Body.Length);
        Delivery.Stripe(body.ToString()).MustBeVerified();
        Delivery.Standard(body.ToString()).MustBeVerified();
    }

    [Fact]
    public void A_scheme_is_found_by_its_exact_name()
    {
        Assert.Equal(["standard-webhooks", "stripe", "github"], WebhookScheme.All.Select(scheme => scheme.Name));
        Assert.All(WebhookScheme.All, scheme => Assert.Same(scheme, WebhookScheme.Find(scheme.Name)));
        Assert.All((string?[])[null, "", "Stripe", "stripe ", "sha256"], name => Assert.Null(WebhookScheme.Find(name)));
    }

    private static string SignatureOf(Delivery delivery) =>
        delivery.Headers.Single(header => header.Name.Contains("signature", StringComparison.OrdinalIgnoreCase)).Name;

    private static void AssertRefused(Delivery delivery)
    {
        WebhookVerdict verdict = delivery.Verify();
        Assert.Equal(WebhookOutcome.Refused, verdict.Outcome);
        Assert.Equal("The signature is not valid.", verdict.Message);
    }
}
