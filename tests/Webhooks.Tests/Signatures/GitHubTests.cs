using DurableObjects.Webhooks.Signatures;

namespace DurableObjects.Webhooks.Tests.Signatures;

public sealed class GitHubTests
{
    private const string Header = "X-Hub-Signature-256";
    private const string Opened = """{"action":"opened","issue":{"number":1},"sender":{"action":"inner"}}""";

    /// <summary>The example of GitHub's documentation, "Validating webhook deliveries".</summary>
    private static readonly Delivery Reference = new(
        Delivery.SchemeOf("github"), "Hello, World!"u8.ToArray(),
        (Header, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
        ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("X-GitHub-Event", "push"))
    {
        Secrets = ["It's a Secret to Everybody"],
    };

    [Fact]
    public void The_documented_example_is_verified_and_its_time_is_now()
    {
        Assert.Equal(
            new VerifiedWebhook("72d3162e-cc78-11e3-81ab-4c9367dc0958", "push", Delivery.Now), Reference.MustBeVerified());
        (Reference with { Secrets = ["It's a secret to Everybody"] }).MustBeRefused(WebhookReasons.NoMatch);
        (Reference with { Secrets = [] }).MustBeRefused(WebhookReasons.NoMatch);
    }

    [Fact]
    public void The_example_is_refused_with_any_bit_of_it_changed() => Reference.MustBeRefusedHoweverChanged(Header);

    [Fact]
    public void Only_SHA_256_in_lower_case_counts()
    {
        string good = Reference[Header];
        Reference.With(Header, good.ToUpperInvariant()).MustBeRefused(WebhookReasons.NoKnownVersion);
        Reference.With(Header, "sha1=" + good["sha256=".Length..]).MustBeRefused(WebhookReasons.NoKnownVersion);
        Reference.With(Header, good["sha256=".Length..]).MustBeRefused(WebhookReasons.NoKnownVersion);
        Reference.With(Header, "").MustBeRefused(WebhookReasons.NoKnownVersion);
        Reference.With(Header, "sha256=").MustBeRefused(WebhookReasons.NoMatch);
        Reference.With(Header, "sha256=" + good["sha256=".Length..].ToUpperInvariant()).MustBeRefused(WebhookReasons.NoMatch);
        Reference.With(Header, $"{good},{good}").MustBeRefused(WebhookReasons.NoMatch);
        Reference.With(Header).With("X-Hub-Signature", good).MustBeRefused(WebhookReasons.HeaderMissing);
        Reference.With(Header, good, good).MustBeRefused(WebhookReasons.HeaderRepeated);
        Reference.With(Header, good + new string(' ', WebhookLimits.HeaderCharacters)).MustBeRefused(WebhookReasons.HeaderTooLong);
        Reference.With(Header).With("x-hub-signature-256", good).MustBeVerified();
    }

    [Fact]
    public void Either_of_two_secrets_is_good() =>
        (Delivery.GitHub(Opened) with { Secrets = ["the next one", Delivery.GitHubSecret] }).MustBeVerified();

    [Theory]
    [InlineData("issues", Opened, "issues.opened")]
    [InlineData("push", """{"ref":"refs/heads/main"}""", "push")]
    [InlineData("ping", """{"action":null}""", "ping")]
    [InlineData("ping", """{"action":{"action":"opened"}}""", "ping")]
    [InlineData("ping", """{"action":""}""", "ping")]
    [InlineData("issues", "payload=%7B%22action%22%3A%22opened%22%7D", "issues")]
    [InlineData("issues", """{"action":"opened"}}""", "issues")]
    public void The_type_is_the_event_and_the_action_that_the_body_names(string name, string body, string type) =>
        Assert.Equal(type, Delivery.GitHub(body, type: name).MustBeVerified().Type);

    [Fact]
    public void A_signed_webhook_without_a_usable_id_or_event_is_malformed()
    {
        Delivery delivery = Delivery.GitHub(Opened);
        delivery.With("X-GitHub-Delivery").MustBeMalformed(WebhookReasons.BadId);
        delivery.With("X-GitHub-Delivery", "").MustBeMalformed(WebhookReasons.BadId);
        delivery.With("X-GitHub-Delivery", "a", "b").MustBeMalformed(WebhookReasons.BadId);
        delivery.With("X-GitHub-Delivery", "a b").MustBeMalformed(WebhookReasons.BadId);
        delivery.With("X-GitHub-Delivery", new string('i', 256)).MustBeMalformed(WebhookReasons.BadId);
        delivery.With("X-GitHub-Event").MustBeMalformed(WebhookReasons.BadType);
        delivery.With("X-GitHub-Event", "").MustBeMalformed(WebhookReasons.BadType);
        delivery.With("X-GitHub-Event", "a", "b").MustBeMalformed(WebhookReasons.BadType);
        delivery.With("X-GitHub-Event", "is sues").MustBeMalformed(WebhookReasons.BadType);
        delivery.With("X-GitHub-Event", new string('e', 249)).MustBeMalformed(WebhookReasons.BadType);
        Delivery.GitHub("""{"action":"a b"}""").MustBeMalformed(WebhookReasons.BadType);
        delivery.With("X-GitHub-Event", new string('e', 248)).MustBeVerified();
    }

    [Fact]
    public void What_is_wrong_with_the_id_is_told_only_to_who_has_signed() =>
        Delivery.GitHub(Opened).With("X-GitHub-Delivery").With(Header, Reference[Header]).MustBeRefused(WebhookReasons.NoMatch);

    [Fact]
    public void GitHub_signs_neither_the_id_nor_the_event()
    {
        VerifiedWebhook webhook = Delivery.GitHub(Opened)
            .With("X-GitHub-Delivery", "other").With("X-GitHub-Event", "star").MustBeVerified();
        Assert.Equal(("other", "star.opened"), (webhook.Id, webhook.Type));
    }
}
