namespace DurableObjects.Soak;

/// <summary>This run of the process, so that an object can say which of its sockets belong to an earlier one.</summary>
/// <param name="Id">Different in each run.</param>
public sealed record ProcessRun(string Id);
