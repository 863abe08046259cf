using System.Text;

namespace DurableObjects.Entities;

/// <summary>A declaration as the text of a Mermaid state diagram.</summary>
internal static class MachineDiagram
{
    /// <summary>Words of Mermaid's that cannot stand for a state, in lower case.</summary>
    private static readonly HashSet<string> Reserved =
        ["state", "note", "class", "classdef", "style", "direction", "end", "default", "accdescr", "acctitle", "as", "hide", "scale"];

    /// <summary>The diagram.</summary>
    public static string Of<TState, TTrigger>(StateMachine<TState, TTrigger> machine)
        where TState : struct, Enum
        where TTrigger : struct, Enum
    {
        StringBuilder text = new("stateDiagram-v2\n");
        foreach (TState state in machine.AllStates().Where(IsReserved))
        {
            text.Append($"    state \"{MachineName.Of(state)}\" as {IdOf(state)}\n");
        }
        text.Append($"    [*] --> {IdOf(machine.Initial)}\n");
        foreach (StateConfiguration<TState, TTrigger> state in machine.States)
        {
            foreach (MachineEdge<TState, TTrigger> edge in state.Transitions)
            {
                string label = MachineName.Of(edge.Trigger);
                label += edge.Guard is { } guard ? $" [{guard.Description}]" : "";
                label += state.Timeouts.FirstOrDefault(one => one.Trigger.Equals(edge.Trigger)) is { } timeout
                    ? $" after {timeout.Description}" : "";
                label += edge.IsInternal ? " (internal)" : "";
                text.Append($"    {IdOf(state.State)} --> {IdOf(edge.To)} : {Escape(label)}\n");
            }
        }
        foreach (TState state in machine.AllStates().Where(one => machine.Of(one).Transitions.All(edge => edge.IsInternal)))
        {
            text.Append($"    {IdOf(state)} --> [*]\n");
        }
        return text.ToString();
    }

    private static string IdOf<TState>(TState state)
        where TState : struct, Enum =>
        IsReserved(state) ? MachineName.Of(state) + "_" : MachineName.Of(state);

    private static bool IsReserved<TState>(TState state)
        where TState : struct, Enum =>
        Reserved.Contains(MachineName.Of(state).ToLowerInvariant());

    /// <summary>What would end the label, as Mermaid's own entities.</summary>
    private static string Escape(string label) => string.Concat(label.ReplaceLineEndings(" ").Select(
        letter => letter is '#' or ';' or ':' ? $"#{(int)letter};" : letter.ToString()));
}
