namespace DurableObjects.FunctionsEngine.Simulations;

/// <summary>The worker was killed; what still unwinds in it reaches nothing.</summary>
public sealed class WorkerKilledException() : Exception("The worker is dead.");
