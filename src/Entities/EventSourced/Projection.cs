namespace DurableObjects.Entities;

/// <summary>
/// A table for reading that the events fill. It exists in generations, so that it can be made anew while the old one is still read; which
/// table is meant says <see cref="EventSourcedObject{TState, TEvent}.Table"/>.
/// </summary>
/// <param name="Name">The table's name in the first generation; later ones append their number.</param>
/// <param name="Sql">
/// SQL that makes the table and its indexes, with <c>{table}</c> for its name, also as the beginning of the indexes' names. When it
/// changes, the projections are made anew at the next turn; append <see cref="EventSourcing.ProjectionsChanged"/> to the migrations, so
/// that a read-only call is such a turn, too.
/// </param>
/// <param name="Version">To be counted up when what fills the table changes and its SQL does not.</param>
public sealed record Projection(string Name, string Sql, int Version = 1)
{
    /// <summary>What tells a projection from how it was before.</summary>
    internal string Shape => $"{Version}: {Sql}";

    internal string TableOf(long generation) => generation == 0 ? Name : $"{Name}_{generation}";

    internal string SqlOf(long generation) => Sql.Replace("{table}", TableOf(generation), StringComparison.Ordinal);
}
