using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What an action is told of the transition that it belongs to.</summary>
/// <param name="Trigger">What was fired.</param>
/// <param name="From">The state that is left.</param>
/// <param name="To">The state that is entered.</param>
/// <param name="Argument">What came with the trigger, if anything.</param>
public sealed record Transition<TState, TTrigger>(TTrigger Trigger, TState From, TState To, JsonElement? Argument)
    where TState : struct, Enum
    where TTrigger : struct, Enum
{
    /// <summary>The argument as a value.</summary>
    /// <exception cref="DurableObjectException">There is none, or it does not have that shape (400).</exception>
    public T ArgumentAs<T>()
    {
        try
        {
            return Argument is { ValueKind: not JsonValueKind.Null } argument && argument.Deserialize<T>(ObjectJson.Options) is { } value
                ? value
                : throw Entities.Argument.Invalid($"'argument' is missing; '{MachineName.Of(Trigger)}' needs a {typeof(T).Name}.");
        }
        catch (JsonException error)
        {
            throw Entities.Argument.Invalid($"'argument' is not a {typeof(T).Name}: {error.Message}");
        }
    }
}
