using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using DurableObjects.Workflows;
using Microsoft.Extensions.Configuration;

namespace DurableObjects.Entities;

/// <summary>
/// Asks a coordinator for leave, the source for its items, and tells the coordinator what came. Sources are named by callers, so it goes
/// only where <see cref="PublicAddress"/> lets it, and takes neither long nor much.
/// </summary>
/// <param name="configuration">Has <see cref="AllowPrivateAddresses"/>.</param>
/// <param name="clock">For its time.</param>
[Activity("poll-source")]
public sealed class PollActivity(IConfiguration configuration, TimeProvider clock) : Activity<PollOrder, bool>
{
    /// <summary>
    /// The setting that lets polls, if it is <c>true</c>, reach addresses which are not public. Set it only where everybody who may
    /// call a coordinator may also reach all that the host can.
    /// </summary>
    public const string AllowPrivateAddresses = "Polling:AllowPrivateAddresses";

    /// <summary>What a browser follows is 20; a feed that has moved has moved once or twice.</summary>
    private const int MaxRedirects = 5;

    /// <inheritdoc/>
    protected override async Task<bool> RunAsync(ActivityContext context, PollOrder input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        // With no more rights than any workflow has: whoever starts one chooses its input.
        IPollRuns coordinator = context.Objects.Get<IPollRuns>(
            ObjectAddress.OfKey(input.Class, input.Key), Caller.Of($"workflow:{context.WorkflowId}", Caller.Workflow));
        if (await coordinator.Begin(context.WorkflowId) is not { } permit)
        {
            return false;
        }
        await coordinator.Finish(context.WorkflowId, await PollAsync(permit, context.CancellationToken));
        return true;
    }

    private async Task<PollAnswer> PollAsync(PollPermit permit, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(PollLimits.PollTimeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            // Polls of one source are far apart, and a client of its own has no connections whose addresses were checked long ago.
            using HttpClient client = new(Handler()) { Timeout = Timeout.InfiniteTimeSpan };
            using HttpRequestMessage request = Request(permit);
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await AnswerAsync(response, permit, either.Token);
        }
        catch (HttpRequestException error)
        {
            return new PollAnswer { Error = $"The source was not reached: {Reason(error)}" };
        }
        catch (IOException error)
        {
            return new PollAnswer { Error = $"The answer broke off: {Reason(error)}" };
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new PollAnswer { Error = $"The source has not answered within {PollLimits.PollTimeout.TotalSeconds} s." };
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // Whatever a source can bring about, such as a body that cannot be unpacked, is to be seen at the source.
            return new PollAnswer { Error = $"The answer cannot be read: {error.Message}" };
        }
    }

    private SocketsHttpHandler Handler()
    {
        // Anything else than the one word leaves them forbidden.
        bool allowsPrivate = "true".Equals(configuration[AllowPrivateAddresses], StringComparison.OrdinalIgnoreCase);
        return new SocketsHttpHandler
        {
            MaxAutomaticRedirections = MaxRedirects,
            AutomaticDecompression = DecompressionMethods.All,
            UseCookies = false,
            // A proxy would connect in the place of what is checked here.
            UseProxy = false,
            ConnectCallback = (connection, cancellation) => PublicAddress.ConnectAsync(connection.DnsEndPoint, allowsPrivate, cancellation),
        };
    }

    private static HttpRequestMessage Request(PollPermit permit)
    {
        HttpRequestMessage request = new(HttpMethod.Get, permit.Url);
        request.Headers.Add("Accept", "application/json, */*;q=0.5");
        request.Headers.Add("User-Agent", "durable-objects-poll-coordinator");
        if (permit.ETag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", permit.ETag);
        }
        if (permit.LastModified is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Modified-Since", permit.LastModified);
        }
        return request;
    }

    private async Task<PollAnswer> AnswerAsync(HttpResponseMessage response, PollPermit permit, CancellationToken cancellation)
    {
        int status = (int)response.StatusCode;
        PollAnswer answer = new()
        {
            Status = status,
            RetryAfterSeconds = Wait(response.Headers.RetryAfter)?.TotalSeconds,
            ETag = Validator(response.Headers.NonValidated, "ETag"),
            LastModified = Validator(response.Content.Headers.NonValidated, "Last-Modified"),
            MediaType = response.Content.Headers.ContentType?.MediaType ?? "",
        };
        if (response.StatusCode == HttpStatusCode.NotModified && (permit.ETag ?? permit.LastModified) is not null)
        {
            return answer with { IsUnchanged = true };
        }
        if (!response.IsSuccessStatusCode)
        {
            return answer with { Error = $"The source answered {status.ToString(CultureInfo.InvariantCulture)}." };
        }
        byte[] buffer = new byte[PollLimits.BodyBytes + 1];
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        int length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length <= PollLimits.BodyBytes
            ? answer with { Body = buffer[..length] }
            : answer with { Error = $"The body has more than {PollLimits.BodyBytes:N0} bytes, which is the limit." };
    }

    private TimeSpan? Wait(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date - clock.GetUtcNow());

    /// <summary>As the source wrote it, for it goes back to the source and nowhere else.</summary>
    private static string? Validator(HttpHeadersNonValidated headers, string name) =>
        headers.TryGetValues(name, out HeaderStringValues values)
            && values.ToString() is { Length: <= PollLimits.ValidatorCharacters } value
            ? value
            : null;

    /// <summary>The innermost reason, which says most: refused, reset, no such host.</summary>
    private static string Reason(Exception error)
    {
        Exception inner = error;
        while (inner.InnerException is { } next)
        {
            inner = next;
        }
        return inner.Message;
    }
}
