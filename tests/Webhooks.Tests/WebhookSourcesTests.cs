using DurableObjects.Webhooks.Signatures;
using DurableObjects.Webhooks.Tests.Signatures;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Webhooks.Tests;

public sealed class WebhookSourcesTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Prefix = "Webhooks:Sources:polar:";

    private static readonly (string Key, string? Value)[] Polar =
        [(Prefix + "Scheme", "standard-webhooks"), (Prefix + "Secrets:0", Secret)];

    [Fact]
    public void A_source_has_its_scheme_its_secrets_and_the_documented_defaults()
    {
        WebhookSource source = From(Polar).Find("polar")!;

        Assert.Equal("polar", source.Name);
        Assert.Equal("standard-webhooks", source.Scheme.Name);
        Assert.Single(source.Secrets);
        Assert.Null(source.ForwardTo);
        Assert.Equal(10, source.MaxAttempts);
        Assert.Equal(TimeSpan.FromSeconds(1), source.FirstDelay);
        Assert.Equal(TimeSpan.FromHours(1), source.MaxDelay);
        Assert.Equal(2.0, source.Factor);
        Assert.Equal(0.2, source.Jitter);
        Assert.Equal(TimeSpan.FromSeconds(30), source.AttemptTimeout);
        Assert.Equal(DeadLetterPolicy.Continue, source.OnDeadLetter);
        Assert.Equal(10_000, source.MaxWaiting);
        Assert.Equal(TimeSpan.FromDays(30), source.Retention);
    }

    [Fact]
    public void Every_setting_is_read()
    {
        WebhookSource source = From([
            .. Polar, (Prefix + "ForwardTo", "https://app.example.com/hooks?code=1"), (Prefix + "MaxAttempts", "3"),
            (Prefix + "FirstDelay", "00:00:00.5"), (Prefix + "MaxDelay", "00:10:00"), (Prefix + "Factor", "1.5"), (Prefix + "Jitter", "0"),
            (Prefix + "AttemptTimeout", "00:00:10"), (Prefix + "OnDeadLetter", "stop"), (Prefix + "MaxWaiting", "500"),
            (Prefix + "Retention", "7.00:00:00"),
        ]).Find("polar")!;

        Assert.Equal(new Uri("https://app.example.com/hooks?code=1"), source.ForwardTo);
        Assert.Equal(3, source.MaxAttempts);
        Assert.Equal(TimeSpan.FromMilliseconds(500), source.FirstDelay);
        Assert.Equal(TimeSpan.FromMinutes(10), source.MaxDelay);
        Assert.Equal(1.5, source.Factor);
        Assert.Equal(0, source.Jitter);
        Assert.Equal(TimeSpan.FromSeconds(10), source.AttemptTimeout);
        Assert.Equal(DeadLetterPolicy.Stop, source.OnDeadLetter);
        Assert.Equal(500, source.MaxWaiting);
        Assert.Equal(TimeSpan.FromDays(7), source.Retention);
    }

    [Fact]
    public void Variables_of_the_environment_are_the_same_settings()
    {
        // A prefix of its own, which the provider takes off, so that no other test sees them.
        const string Own = "WEBHOOK_SOURCES_TESTS_";
        (string Name, string Value)[] variables =
            [("Webhooks__Sources__polar__Scheme", "standard-webhooks"), ("Webhooks__Sources__polar__Secrets__0", Secret)];
        try
        {
            Assert.All(variables, one => Environment.SetEnvironmentVariable(Own + one.Name, one.Value));
            WebhookSources sources = WebhookSources.From(new ConfigurationBuilder().AddEnvironmentVariables(Own).Build());
            Assert.Equal("standard-webhooks", sources.Find("polar")?.Scheme.Name);
        }
        finally
        {
            Assert.All(variables, one => Environment.SetEnvironmentVariable(Own + one.Name, null));
        }
    }

    [Fact]
    public void A_source_verifies_with_its_own_scheme_and_secrets()
    {
        Delivery stripe = Delivery.Stripe("""{"id":"evt_1","type":"a"}""");
        WebhookRequest request = new(stripe.Body, stripe.Headers.Select(header => KeyValuePair.Create(header.Name, header.Value)));
        WebhookSources sources = From([
            .. Polar,
            ("Webhooks:Sources:stripe:Scheme", "stripe"), ("Webhooks:Sources:stripe:Secrets:0", "whsec_other"),
            ("Webhooks:Sources:stripe:Secrets:1", Delivery.StripeSecret),
            ("Webhooks:Sources:stripe-test:Scheme", "stripe"), ("Webhooks:Sources:stripe-test:Secrets:0", "whsec_other"),
        ]);

        Assert.Equal(["polar", "stripe", "stripe-test"], sources.All.Select(source => source.Name));
        Assert.True(sources.Find("stripe")!.Verify(request, Delivery.Now).IsVerified);
        Assert.Equal(WebhookReasons.NoMatch, sources.Find("stripe-test")!.Verify(request, Delivery.Now).Reason);
        Assert.Equal(WebhookReasons.HeaderMissing, sources.Find("polar")!.Verify(request, Delivery.Now).Reason);
    }

    [Fact]
    public void An_unknown_source_is_not_found_and_none_need_be_configured()
    {
        Assert.All((string?[])[null, "", "Polar", "polar ", "other"], name => Assert.Null(From(Polar).Find(name)));
        Assert.Empty(From([]).All);
        Assert.Null(From([]).Find("polar"));
    }

    [Theory]
    [InlineData("Polar")]
    [InlineData("po_lar")]
    [InlineData("-polar")]
    [InlineData("polar-")]
    [InlineData("po--lar")]
    [InlineData("1polar")]
    [InlineData("id")]
    [InlineData("polar\n")]
    [InlineData("pölar")]
    [InlineData("a1234567890123456789012345678901234567890123456789012345678901234")]
    public void The_name_of_a_source_is_that_of_a_class(string name)
    {
        string message = MustBeInvalid([($"Webhooks:Sources:{name}:Scheme", "stripe"), ($"Webhooks:Sources:{name}:Secrets:0", "whsec_1")]);
        Assert.StartsWith($"Webhooks:Sources:{name}: '{name}' is no name", message, StringComparison.Ordinal);
        Assert.Contains("64", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Scheme", "Stripe", "standard-webhooks, stripe or github")]
    [InlineData("Scheme", "", "standard-webhooks, stripe or github")]
    [InlineData("Scheme", null, "standard-webhooks, stripe or github")]
    [InlineData("ForwardTo", "/hooks", "an absolute http or https URL")]
    [InlineData("ForwardTo", "app.example.com", "an absolute http or https URL")]
    [InlineData("ForwardTo", "ftp://app.example.com/", "an absolute http or https URL")]
    [InlineData("ForwardTo", "file:///etc/passwd", "an absolute http or https URL")]
    [InlineData("MaxAttempts", "0", "a whole number from 1 to 100")]
    [InlineData("MaxAttempts", "-1", "a whole number from 1 to 100")]
    [InlineData("MaxAttempts", "101", "a whole number from 1 to 100")]
    [InlineData("MaxAttempts", "1.5", "a whole number from 1 to 100")]
    [InlineData("MaxAttempts", "ten", "a whole number from 1 to 100")]
    [InlineData("MaxAttempts", "99999999999", "a whole number from 1 to 100")]
    [InlineData("MaxWaiting", "0", "a whole number from 1 to 1000000")]
    [InlineData("MaxWaiting", "1000001", "a whole number from 1 to 1000000")]
    [InlineData("Factor", "0.9", "a number from 1 to 100")]
    [InlineData("Factor", "NaN", "a number from 1 to 100")]
    [InlineData("Factor", "Infinity", "a number from 1 to 100")]
    [InlineData("Factor", "2,0", "a number from 1 to 100")]
    [InlineData("Jitter", "-0.1", "a number from 0 to 1")]
    [InlineData("Jitter", "1.1", "a number from 0 to 1")]
    [InlineData("FirstDelay", "00:00:00", "from 00:00:00.0010000 to 01:00:00")]
    [InlineData("FirstDelay", "01:00:01", "from 00:00:00.0010000 to 01:00:00")]
    [InlineData("FirstDelay", "-00:00:01", "hh:mm:ss")]
    [InlineData("FirstDelay", "1s", "hh:mm:ss")]
    [InlineData("MaxDelay", "1", "hh:mm:ss")]
    [InlineData("MaxDelay", "7.00:00:01", "to 7.00:00:00")]
    [InlineData("AttemptTimeout", "30", "hh:mm:ss")]
    [InlineData("AttemptTimeout", "00:05:01", "to 00:05:00")]
    [InlineData("Retention", "30", "hh:mm:ss")]
    [InlineData("Retention", "3651.00:00:00", "to 3650.00:00:00")]
    [InlineData("OnDeadLetter", "Stop", "continue or stop")]
    [InlineData("OnDeadLetter", "pause", "continue or stop")]
    public void A_setting_out_of_its_range_is_named_with_its_value_and_what_it_can_be(string name, string? value, string range)
    {
        string message = MustBeInvalid([.. Polar.Where(one => one.Key != Prefix + name), (Prefix + name, value)]);
        Assert.StartsWith($"{Prefix}{name} is '{value}'; it can be ", message, StringComparison.Ordinal);
        Assert.Contains(range, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxAttempts", "100")]
    [InlineData("MaxAttempts", "1")]
    [InlineData("Factor", "1")]
    [InlineData("Factor", "100")]
    [InlineData("Jitter", "1")]
    [InlineData("FirstDelay", "00:00:00.001")]
    [InlineData("FirstDelay", "01:00:00")]
    [InlineData("MaxDelay", "7.00:00:00")]
    [InlineData("AttemptTimeout", "00:05:00")]
    [InlineData("MaxWaiting", "1000000")]
    [InlineData("ForwardTo", "http://localhost:8080")]
    [InlineData("ForwardTo", "")]
    [InlineData("Retention", "")]
    [InlineData("Retention", null)]
    public void The_ends_of_a_range_are_in_it_and_an_empty_setting_is_as_if_it_were_not_there(string name, string? value) =>
        Assert.NotNull(From([.. Polar, (Prefix + name, value)]).Find("polar"));

    [Fact]
    public void A_first_delay_that_is_longer_than_the_longest_is_named_even_if_it_is_the_default()
    {
        string message = MustBeInvalid([.. Polar, (Prefix + "MaxDelay", "00:00:00.5")]);
        Assert.StartsWith(Prefix + "FirstDelay is '00:00:01'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_is_none_is_an_error_and_not_passed_over()
    {
        string message = MustBeInvalid([.. Polar, (Prefix + "MaxAttemps", "3")]);
        Assert.StartsWith(Prefix + "MaxAttemps is no setting", message, StringComparison.Ordinal);
        Assert.Contains("MaxAttempts", message, StringComparison.Ordinal);
        Assert.NotNull(From([.. Polar, (Prefix + "maxattempts", "3")]).Find("polar"));
    }

    [Fact]
    public void A_source_has_one_to_eight_secrets()
    {
        Assert.Contains(Prefix + "Secrets has 0 secrets", MustBeInvalid(Polar[..1]), StringComparison.Ordinal);
        (string, string?)[] eight = [.. Enumerable.Range(0, 8).Select(i => ($"{Prefix}Secrets:{i}", (string?)Secret))];
        Assert.Equal(8, From([Polar[0], .. eight]).Find("polar")!.Secrets.Count);
        Assert.Contains(
            Prefix + "Secrets has 9 secrets; it can have 1 to 8",
            MustBeInvalid([Polar[0], .. eight, (Prefix + "Secrets:8", Secret)]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("standard-webhooks", "whsec_not*base64*at*all")]
    [InlineData("standard-webhooks", "whsec_dG9vIHNob3J0")]
    [InlineData("standard-webhooks", "text:far-too-short")]
    [InlineData("stripe", " whsec_with-a-space-before")]
    [InlineData("github", "with a line's end after\n")]
    public void A_secret_that_is_none_is_named_and_not_shown(string scheme, string secret)
    {
        string message = MustBeInvalid([(Prefix + "Scheme", scheme), (Prefix + "Secrets:0", secret)]);
        Assert.StartsWith($"{Prefix}Secrets:0 is no secret for {scheme}: it ", message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret.Trim()[^8..], message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_that_are_empty_or_no_list_are_named_and_not_shown()
    {
        Assert.Contains(
            Prefix + "Secrets:1 is no secret for standard-webhooks: it is empty",
            MustBeInvalid([.. Polar, (Prefix + "Secrets:1", "")]), StringComparison.Ordinal);
        string message = MustBeInvalid([Polar[0], (Prefix + "Secrets", Secret)]);
        Assert.Contains(Prefix + "Secrets is a single value", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app.example.com/hooks?code=hush")]
    [InlineData("https://user:hush@app.example.com/")]
    [InlineData("user:hush@app.example.com")]
    public void What_may_be_secret_in_a_url_is_not_shown(string url)
    {
        string message = MustBeInvalid([.. Polar, (Prefix + "ForwardTo", url)]);
        Assert.StartsWith(Prefix + "ForwardTo ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", message, StringComparison.Ordinal);
    }

    private static WebhookSources From((string Key, string? Value)[] settings) => WebhookSources.From(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Key, one.Value))).Build());

    private static string MustBeInvalid((string Key, string? Value)[] settings)
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => From(settings));
        return error.Message;
    }
}
