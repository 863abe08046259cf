using DurableObjects.Turns;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Http;

/// <summary>What every request goes through: who is it, may he, and an answer whatever happens.</summary>
internal sealed class EndpointGate(ICallerResolver callers, ILogger logger)
{
    private const int ClientClosedRequest = 499;

    public async Task<IResult> RunAsync(
        ObjectRoute route, HttpRequest request, Func<Caller, Task<IResult>> handle, CancellationToken cancellation)
    {
        try
        {
            Caller caller = Caller.Anonymous;
            if (route.Access != Access.Public)
            {
                caller = await callers.ResolveAsync(request, cancellation);
                AccessPolicy.Require(route.Access, caller);
            }
            return await handle(caller);
        }
        catch (DurableObjectException error)
        {
            return new ProblemResult(Failure.From(error));
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && IsGone(request, cancellation))
        {
            return new AnswerResult(ClientClosedRequest);
        }
        catch (BadHttpRequestException error)
        {
            string code = error.StatusCode == 413 ? ErrorCodes.TooLarge : HttpErrorCodes.MalformedRequest;
            return new ProblemResult(new Failure(error.StatusCode, code, error.Message, false, false, null));
        }
        catch (Exception error)
        {
            logger.RequestFailed(error, request.Method, request.Path);
            return new ProblemResult(new Failure(
                500, HttpErrorCodes.Internal, "The host failed to handle the request; its log says why.", false, false, null));
        }
    }

    private static bool IsGone(HttpRequest request, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested || request.HttpContext.RequestAborted.IsCancellationRequested;
}
