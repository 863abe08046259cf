namespace DurableObjects.Entities;

/// <summary>The limits of a <see cref="Document"/>.</summary>
public static class DocumentLimits
{
    /// <summary>Characters (UTF-16) of the text. In UTF-8, at three bytes each, they fit one row.</summary>
    public const int MaxCharacters = 512 * 1_024;

    /// <summary>Updates of one push, and of one pull.</summary>
    public const int MaxUpdates = 1_000;

    /// <summary>
    /// Characters (UTF-16) of the JSON of all changes and effects of one push. In UTF-8 even one alone fits a row.
    /// </summary>
    public const int UpdateCharacters = 640 * 1_024;

    /// <summary>Updates that are kept. One more, and all but the newest <see cref="KeptLog"/> are folded into the base text.</summary>
    public const int MaxLog = 2_000;

    /// <summary>Updates that a folding leaves, so that an editor which was away for a while can catch up.</summary>
    public const int KeptLog = 1_000;

    /// <summary>Characters of JSON of the updates that are kept. Beyond, they are folded until half of it is left.</summary>
    public const int LogCharacters = 4 * 1_024 * 1_024;

    /// <summary>Characters (UTF-16) of a client ID.</summary>
    public const int ClientIdCharacters = 64;

    /// <summary>Characters (UTF-16) of an author's, an editor's or a version's name.</summary>
    public const int NameCharacters = 128;

    /// <summary>Entries of the history.</summary>
    public const int MaxEdits = 1_000;

    /// <summary>Named versions. All of them at their largest fit the smallest bound that a host sets to a database.</summary>
    public const int MaxVersions = 50;

    /// <summary>Sockets of one document: each update goes to all, and so does each cursor that moves.</summary>
    public const int MaxSockets = 500;

    /// <summary>How many updates a cursor may be behind; an older one is dropped, since its editor sends another anyway.</summary>
    public const int CursorLag = 200;
}
