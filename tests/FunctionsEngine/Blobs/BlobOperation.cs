namespace DurableObjects.FunctionsEngine.Blobs;

/// <summary>A request to Blob Storage, by its kind: what is paid for is counted in these.</summary>
public enum BlobOperation
{
    /// <summary>A write, in place of what is there.</summary>
    Write,

    /// <summary>A write only if nothing is there.</summary>
    Create,

    /// <summary>The first bytes of a blob.</summary>
    Open,

    /// <summary>Further bytes of an open blob.</summary>
    Read,

    /// <summary>A page of a listing.</summary>
    List,

    /// <summary>A deletion.</summary>
    Delete,
}
