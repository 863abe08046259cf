using DurableObjects.Functions.Workflows;
using DurableObjects.History;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.FunctionsEngine.Simulations;

/// <summary>The objects of a simulation as activities see them: calls whose answers come with some later step.</summary>
internal sealed class SimulatedHost(Simulation simulation, ObjectClasses classes) : IObjectHost, ISignalDelivery
{
    public ObjectClasses Classes => classes;

    public Task<Answer> RunAsync(ObjectAddress address, Turn turn, CancellationToken cancellation)
    {
        Classes.Get(address.ClassName);
        return simulation.Send(address, turn).AnsweredAsync();
    }

    public async Task DeliverAsync(Signal signal, CancellationToken cancellation)
    {
        Classes.Get(signal.Receiver.ClassName);
        (await simulation.Send(signal.Receiver, new SignalTurn(signal)).AnsweredAsync()).OrThrow();
    }

    public Task<ObjectEntry?> FindAsync(ObjectAddress address, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<ObjectEntry>> ListAsync(
        string className, string prefix, string? after, int limit, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IObjectHistory?> HistoryAsync(ObjectAddress address, CancellationToken cancellation) => throw new NotSupportedException();

    public Task PurgeAsync(ObjectAddress address, CancellationToken cancellation) => throw new NotSupportedException();
}
