using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>States and triggers as callers name them, and as they are stored.</summary>
internal static class MachineName
{
    /// <summary>The name in camelCase, as in JSON.</summary>
    public static string Of<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>What has a stored name.</summary>
    /// <exception cref="DurableObjectException">The class has nothing of that name any more (500).</exception>
    public static TEnum Parse<TEnum>(string name)
        where TEnum : struct, Enum =>
        Enum.TryParse(name, ignoreCase: true, out TEnum value) && Enum.IsDefined(value)
            ? value
            : throw new DurableObjectException(
                500, StateMachineLimits.BrokenDeclaration,
                $"The object has stored '{name}', and {typeof(TEnum).Name} has it no more. Declare it until no object is left with it.");
}
