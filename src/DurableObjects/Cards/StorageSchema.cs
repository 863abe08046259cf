namespace DurableObjects.Cards;

/// <summary>The tables of an object class, as SQLite tells them. The runtime's own are not among them.</summary>
/// <param name="Tables">By name.</param>
public sealed record StorageSchema(IReadOnlyList<TableSchema> Tables);

/// <summary>A table, virtual ones included.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Columns">In the table's order.</param>
/// <param name="Indexes">By name; the index of a primary key is not told.</param>
public sealed record TableSchema(string Name, IReadOnlyList<ColumnSchema> Columns, IReadOnlyList<IndexSchema> Indexes);

/// <summary>A column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its declared type; empty if none was declared.</param>
/// <param name="PrimaryKey">Whether it is of the primary key.</param>
/// <param name="NotNull">Whether SQLite refuses NULL in it by its declaration.</param>
public sealed record ColumnSchema(string Name, string Type, bool PrimaryKey, bool NotNull);

/// <summary>An index.</summary>
/// <param name="Name">Its name; SQLite's own for one that a UNIQUE constraint made.</param>
/// <param name="Unique">Whether it refuses a second row of the same values.</param>
/// <param name="Columns">In the index's order; null for an expression.</param>
public sealed record IndexSchema(string Name, bool Unique, IReadOnlyList<string?> Columns);
