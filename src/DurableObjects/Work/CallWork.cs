using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>Calls a method and answers its result.</summary>
internal sealed class CallWork(CallTurn turn, ObjectClass objectClass) : TurnWork
{
    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        ObjectMethod method = objectClass.Method(turn.Method);
        return Checked(await method.InvokeAsync(instance, turn.Arguments, turn.Textual, () => site.Scope.Abandoned), method.Name);
    }

    internal static Answer Checked(ReadOnlyMemory<byte> json, string method) => json.Length <= Limits.ResponseBytes
        ? new Answer { Json = json }
        : throw new DurableObjectException(
            500, ErrorCodes.TooLarge,
            $"The result of '{method}' has {json.Length:N0} bytes; the limit is {Limits.ResponseBytes:N0} bytes.");
}
