using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>Hands the object a whole HTTP request.</summary>
internal sealed class FetchWork(FetchTurn turn) : TurnWork
{
    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        ObjectResponse response = await instance.OnFetch(turn.Request);
        if (response.Status is < 200 or > 599)
        {
            throw new DurableObjectException(
                500, ErrorCodes.HandlerFailed, $"OnFetch answered with status {response.Status}; it must be 200 to 599.");
        }
        return response.Body.Length <= Limits.ResponseBytes
            ? new Answer { Response = response }
            : throw new DurableObjectException(
                500, ErrorCodes.TooLarge,
                $"The response has {response.Body.Length:N0} bytes; the limit is {Limits.ResponseBytes:N0} bytes.");
    }
}
