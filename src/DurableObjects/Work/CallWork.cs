using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>Calls a method and answers its result.</summary>
internal sealed class CallWork(CallTurn turn, ObjectClass objectClass) : TurnWork
{
    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        ObjectMethod method = objectClass.Method(turn.Method);
        return new Answer { Json = await method.InvokeAsync(instance, turn.Arguments, turn.Textual, () => site.Scope.Abandoned) };
    }
}
