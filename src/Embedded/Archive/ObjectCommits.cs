using DurableObjects.Archive;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Archive;

/// <summary>The commits of one object in one journal file that are not archived yet.</summary>
internal sealed class ObjectCommits(CatalogueEntry entry)
{
    public CatalogueEntry Entry { get; } = entry;

    public List<ArchivedCommit> Commits { get; } = [];

    /// <summary>The object after the last of them.</summary>
    public ObjectSummary Summary { get; set; } = ObjectSummary.None;

    /// <summary>Where the archive ends with them in it.</summary>
    public ArchivePosition? Archived { get; set; }
}
