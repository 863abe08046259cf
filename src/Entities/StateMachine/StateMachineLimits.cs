namespace DurableObjects.Entities;

/// <summary>The limits and errors of a state machine.</summary>
public static class StateMachineLimits
{
    /// <summary>Bytes (UTF-8) of a trigger's argument as JSON. All of a history's fit <see cref="Limits.ResponseBytes"/>.</summary>
    public const int ArgumentBytes = 4 * 1_024;

    /// <summary>Transitions that the history keeps.</summary>
    public const int MaxHistory = 1_000;

    /// <summary>The longest timeout: ten years of 365 days. More is a mistake in a unit.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(3_650);

    /// <summary>The error code of a trigger that is not permitted now.</summary>
    public const string NotPermitted = "trigger-not-permitted";

    /// <summary>The error code of a declaration that cannot be right.</summary>
    public const string BrokenDeclaration = "broken-state-machine";
}
