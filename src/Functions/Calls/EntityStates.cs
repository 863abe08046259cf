using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Objects;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;

namespace DurableObjects.Functions.Calls;

/// <summary>What the entities' committed states say, for the sweep.</summary>
/// <param name="client">The way to the entities.</param>
public sealed class EntityStates(DurableTaskClient client) : IArchivePositions
{
    /// <inheritdoc/>
    public async ValueTask<ArchiveState?> FindAsync(string className, ObjectId id, CancellationToken cancellation)
    {
        EntityMetadata<ObjectState>? found =
            await client.Entities.GetEntityAsync<ObjectState>(ObjectKeys.EntityOf(className, id), includeState: true, cancellation);
        return found is { IncludesState: true }
            ? new ArchiveState(StateHistory.PositionOf(found.State.Checked(), className, id))
            : null;
    }
}
