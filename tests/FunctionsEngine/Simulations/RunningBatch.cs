using DurableObjects.DurableEngine.Entities;

namespace DurableObjects.FunctionsEngine.Simulations;

/// <summary>A batch that a worker runs, perhaps held up somewhere.</summary>
internal sealed class RunningBatch(EntityWork work, SimulatedWorker worker)
{
    public EntityWork Work { get; } = work;

    public SimulatedWorker Worker { get; } = worker;

    public Task<EntityResult> Task { get; set; } = System.Threading.Tasks.Task.FromException<EntityResult>(new InvalidOperationException());

    /// <summary>Completed when the batch has come to where it waits to be let go on.</summary>
    public TaskCompletionSource Stopped { get; private set; } = new();

    /// <summary>Lets it go on.</summary>
    public TaskCompletionSource? Gate { get; private set; }

    /// <summary>Whether it waits within a handler that never ends.</summary>
    public bool IsHanging { get; private set; }

    /// <summary>Whether its worker dies where it waits.</summary>
    public bool DiesHere { get; private set; }

    /// <summary>Whether a test wants it to wait while others go on.</summary>
    public bool IsHeldUp { get; set; }

    /// <summary>Waits to be let go on.</summary>
    public Task StopAsync(bool dies)
    {
        DiesHere = dies;
        Gate = new TaskCompletionSource();
        Stopped.TrySetResult();
        return Gate.Task;
    }

    /// <summary>Never ends.</summary>
    public Task HangAsync()
    {
        IsHanging = true;
        Stopped.TrySetResult();
        return new TaskCompletionSource().Task;
    }

    /// <summary>Lets it go on, until it ends or stops again.</summary>
    public void Continue()
    {
        TaskCompletionSource? gate = Gate;
        Gate = null;
        IsHanging = false;
        Stopped = new TaskCompletionSource();
        gate?.TrySetResult();
    }
}
