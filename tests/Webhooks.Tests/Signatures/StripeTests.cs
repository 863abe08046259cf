using System.Text;
using DurableObjects.Webhooks.Signatures;

namespace DurableObjects.Webhooks.Tests.Signatures;

public sealed class StripeTests
{
    private const string Header = "Stripe-Signature";
    private const string Created = """{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","type":"setup_intent.created"}""";
    private const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>The event that stripe-dotnet's tests sign, line by line.</summary>
    private static readonly string ReferenceBody = string.Join('\n',
        "{", "  \"id\": \"evt_123\",", "  \"object\": \"event\",", "  \"account\": \"acct_123\",", "  \"api_version\": \"2017-05-25\",",
        "  \"created\": 1533204620,", "  \"data\": {", "    \"object\": {", "      \"id\": \"cus_123\",", "      \"object\": \"customer\",",
        "      \"created\": 123456789,", "      \"email\": \"test@stripe.com\",", "      \"livemode\": false,", "      \"metadata\": {}",
        "    }", "  },", "  \"livemode\": false,", "  \"pending_webhooks\": 1,", "  \"request\": {", "    \"id\": \"req_123\",",
        "    \"idempotency_key\": \"idempotency-key-123\"", "  },", "  \"type\": \"customer.created\"", "}", "");

    private static readonly Delivery Reference = new(
        Delivery.SchemeOf("stripe"), Encoding.UTF8.GetBytes(ReferenceBody),
        (Header, "t=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7,"
            + "v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef"))
    {
        Secrets = ["webhook_secret"],
        At = DateTimeOffset.FromUnixTimeSeconds(1_533_204_620),
    };

    [Fact]
    public void The_vector_of_Stripes_library_is_verified()
    {
        Assert.Equal(new VerifiedWebhook("evt_123", "customer.created", Reference.At), Reference.MustBeVerified());
        (Reference with { Secrets = ["webhook_secreu"] }).MustBeRefused(WebhookReasons.NoMatch);
    }

    [Fact]
    public void The_vector_is_refused_with_any_bit_of_it_changed() => Reference
        // Whatever is written behind the signature is not what the webhook is judged by.
        .With(Header, Reference[Header].Split(",v0=")[0]).MustBeRefusedHoweverChanged(Header);

    [Fact]
    public void The_secret_is_its_text_prefix_and_all()
    {
        Delivery delivery = new(
            Delivery.SchemeOf("stripe"), Encoding.UTF8.GetBytes(Created),
            (Header, "t=1686089970,v1=cbf45e47183b676001d06ecc22f8d244f49ed7fe1a2ec0af3b16aa57c3696df7"))
        {
            Secrets = ["whsec_test_secret"],
            At = DateTimeOffset.FromUnixTimeSeconds(1_686_089_970),
        };
        Assert.Equal(
            new VerifiedWebhook("evt_1NG8Du2eZvKYlo2CUI79vXWy", "setup_intent.created", delivery.At), delivery.MustBeVerified());
        (delivery with { Secrets = ["test_secret"] }).MustBeRefused(WebhookReasons.NoMatch);
    }

    [Theory]
    [InlineData("")]
    [InlineData("t")]
    [InlineData("t=")]
    [InlineData(",,")]
    [InlineData("t,,")]
    [InlineData("t,v1=,")]
    [InlineData("t,v1=,v0")]
    [InlineData("bad_header")]
    [InlineData("i'm not even a real signature header")]
    [InlineData("v1=" + Zeros)]
    [InlineData("t=,v1=" + Zeros)]
    [InlineData("t=-1533204620,v1=" + Zeros)]
    [InlineData("t=1533204620.5,v1=" + Zeros)]
    [InlineData("T=1533204620,v1=" + Zeros)]
    [InlineData("t=1533204620,v1")]
    public void A_header_that_is_not_written_as_Stripe_does_is_refused(string header) =>
        Reference.With(Header, header).MustBeRefused(WebhookReasons.HeaderMalformed);

    [Fact]
    public void Two_times_are_refused_even_if_they_are_the_same()
    {
        string signature = Reference[Header]["t=1533204620".Length..];
        Reference.With(Header, "t=1533204620,t=1533204620" + signature).MustBeRefused(WebhookReasons.HeaderMalformed);
        Reference.With(Header, "t=1533204620" + signature + ",t=1533204621").MustBeRefused(WebhookReasons.HeaderMalformed);
        Reference.With(Header, "t=1,t=1533204620" + signature).MustBeRefused(WebhookReasons.HeaderMalformed);
    }

    [Fact]
    public void Only_v1_counts()
    {
        string good = Reference[Header].Split("v1=")[1].Split(',')[0];
        Reference.With(Header, $"t=1533204620,v0={good}").MustBeRefused(WebhookReasons.NoKnownVersion);
        Reference.With(Header, $"t=1533204620,V1={good}").MustBeRefused(WebhookReasons.NoKnownVersion);
        Reference.With(Header, $"t=1533204620, v1={good}").MustBeRefused(WebhookReasons.NoKnownVersion);
        Reference.With(Header, $"t=1533204620,v1={good.ToUpperInvariant()}").MustBeRefused(WebhookReasons.NoMatch);
        Reference.With(Header, $"t=1533204620,v1= {good}").MustBeRefused(WebhookReasons.NoMatch);
        Reference.With(Header, "t=1533204620,v1=bad_signature").MustBeRefused(WebhookReasons.NoMatch);
        Reference.With(Header, $"t=1533204620,v1=bad_signature,v1={Zeros},v2=later,v1={good},v1=").MustBeVerified();
        Reference.With(Header, $"v1={good},t=1533204620").MustBeVerified();
    }

    [Fact]
    public void The_header_comes_exactly_once_and_is_not_huge()
    {
        string value = Reference[Header];
        Reference.With(Header).MustBeRefused(WebhookReasons.HeaderMissing);
        Reference.With(Header, value, value).MustBeRefused(WebhookReasons.HeaderRepeated);
        Reference.With(Header, value + ",x=" + new string('x', WebhookLimits.HeaderCharacters)).MustBeRefused(WebhookReasons.HeaderTooLong);
        Reference.With(Header).With("sTRIPE-sIGNATURE", value).MustBeVerified();
    }

    [Fact]
    public void A_time_may_be_five_minutes_away_from_now_and_no_more()
    {
        Delivery delivery = Delivery.Stripe(Created);
        TimeSpan tolerance = TimeSpan.FromMinutes(5);
        foreach (TimeSpan beyond in (TimeSpan[])[TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)])
        {
            (delivery with { At = Delivery.Now + tolerance + beyond }).MustBeRefused(WebhookReasons.TooOld);
            (delivery with { At = Delivery.Now - tolerance - beyond }).MustBeRefused(WebhookReasons.TooNew);
        }
        Assert.Equal(Delivery.Now, (delivery with { At = Delivery.Now + tolerance }).MustBeVerified().Timestamp);
        Assert.Equal(Delivery.Now, (delivery with { At = Delivery.Now - tolerance }).MustBeVerified().Timestamp);
    }

    [Fact]
    public void While_a_secret_is_rolled_the_old_and_the_new_one_are_good()
    {
        foreach (string secret in (string[])["whsec_old", "whsec_new"])
        {
            (Delivery.Stripe(Created, null, secret) with { Secrets = ["whsec_old", "whsec_new"] }).MustBeVerified();
            (Delivery.Stripe(Created, null, "whsec_old", "whsec_new") with { Secrets = [secret] }).MustBeVerified();
        }
        (Delivery.Stripe(Created, null, "whsec_old") with { Secrets = ["whsec_new"] }).MustBeRefused(WebhookReasons.NoMatch);
        (Delivery.Stripe(Created) with { Secrets = [] }).MustBeRefused(WebhookReasons.NoMatch);
    }

    [Theory]
    [InlineData("this is not valid JSON", WebhookReasons.NotJson)]
    [InlineData("", WebhookReasons.NotJson)]
    [InlineData("""["evt_1"]""", WebhookReasons.NotJson)]
    [InlineData("""{"type":"a"}""", WebhookReasons.BadId)]
    [InlineData("""{"id":"","type":"a"}""", WebhookReasons.BadId)]
    [InlineData("""{"id":7,"type":"a"}""", WebhookReasons.BadId)]
    [InlineData("""{"id":"evt 1","type":"a"}""", WebhookReasons.BadId)]
    [InlineData("""{"id":"evt_1"}""", WebhookReasons.BadType)]
    [InlineData("""{"id":"evt_1","type":""}""", WebhookReasons.BadType)]
    [InlineData("""{"id":"evt_1","type":"a b"}""", WebhookReasons.BadType)]
    public void A_signed_body_without_an_id_and_a_type_is_malformed(string body, string reason) =>
        Delivery.Stripe(body).MustBeMalformed(reason);

    [Fact]
    public void An_id_has_255_characters_at_most()
    {
        Delivery.Stripe($$"""{"id":"{{new string('i', 255)}}","type":"a"}""").MustBeVerified();
        Delivery.Stripe($$"""{"id":"{{new string('i', 256)}}","type":"a"}""").MustBeMalformed(WebhookReasons.BadId);
    }
}
