using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What an agent gets.</summary>
/// <param name="Plan">The plan's id.</param>
/// <param name="Task">The task's id in it.</param>
/// <param name="Agent">The agent's name.</param>
/// <param name="Attempt">1 for the first attempt.</param>
/// <param name="Input">The task's input.</param>
/// <param name="Outputs">The outputs of the tasks that it depends on, by their ids.</param>
public sealed record AgentRequest(
    string Plan, string Task, string Agent, int Attempt, JsonElement? Input, IReadOnlyDictionary<string, JsonElement?> Outputs);
