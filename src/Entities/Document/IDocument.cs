namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>document</c>. Positions and lengths count units of UTF-16, as JavaScript does.</summary>
public interface IDocument
{
    /// <summary>The text and its version: what an editor begins with. Read-only.</summary>
    Task<DocumentSnapshot> GetDocument();

    /// <summary>
    /// Appends updates that were made on a version, if that is still the newest. All of them are taken, or none. An editor that gets no
    /// answer may push them again: if they had been taken, the version has moved on, and they come back to it as its own.
    /// </summary>
    /// <param name="version">The version that they start from: what <c>getSyncedVersion</c> says.</param>
    /// <param name="updates">
    /// What <c>sendableUpdates</c> says, or the first of them: up to <see cref="DocumentLimits.MaxUpdates"/>, all of one editor, with
    /// <see cref="DocumentLimits.UpdateCharacters"/> characters of JSON together.
    /// </param>
    /// <param name="author">For the history: who, with 1 to <see cref="DocumentLimits.NameCharacters"/> characters.</param>
    /// <returns>False, and nothing has changed, if others were faster: pull, and push again what is then sendable.</returns>
    /// <exception cref="DurableObjectException">
    /// An update is no change of the text that it is for (400), the text would be too long (409 <c>too-many-characters</c>), or there
    /// never was such a version (410 <c>version-gone</c>).
    /// </exception>
    Task<bool> PushUpdates(long version, IReadOnlyList<DocumentUpdate> updates, string? author = null);

    /// <summary>The updates after a version, in order; none if it is the newest. Read-only.</summary>
    /// <param name="version">The version that the caller has.</param>
    /// <param name="limit">
    /// How many at most: 1 to <see cref="DocumentLimits.MaxUpdates"/>. Where they are large there may be fewer, but one at least.
    /// </param>
    /// <exception cref="DurableObjectException">
    /// The updates after that version are folded already, or there never was such a version (410 <c>version-gone</c>): load anew.
    /// </exception>
    Task<IReadOnlyList<DocumentUpdate>> PullUpdates(long version, int limit = DocumentLimits.MaxUpdates);

    /// <summary>
    /// Who changed how much and when, newest first; the last <see cref="DocumentLimits.MaxEdits"/> entries are kept. What one editor pushes
    /// without a minute's pause is one entry, for ten minutes at most. Read-only.
    /// </summary>
    /// <param name="limit">How many at most: 1 to <see cref="DocumentLimits.MaxEdits"/>.</param>
    /// <param name="before">Only entries with a smaller id.</param>
    Task<IReadOnlyList<DocumentEdit>> History(int limit = 100, long? before = null);

    /// <summary>Keeps the text as it is now under a name.</summary>
    /// <param name="name">1 to <see cref="DocumentLimits.NameCharacters"/> characters.</param>
    /// <exception cref="DurableObjectException">
    /// The name is taken (409 <c>version-exists</c>), or there are <see cref="DocumentLimits.MaxVersions"/> (409 <c>too-many-versions</c>).
    /// </exception>
    Task<DocumentVersion> SaveVersion(string name);

    /// <summary>The named versions, oldest first. Read-only.</summary>
    Task<IReadOnlyList<DocumentVersion>> Versions();

    /// <summary>The text of a named version. Read-only.</summary>
    /// <exception cref="DurableObjectException">There is none of that name (404 <c>unknown-version</c>).</exception>
    Task<DocumentSnapshot> Version(string name);

    /// <summary>
    /// Makes the text what it was in a named version, by a new update that every editor gets like any other. What changed since is
    /// replaced, what did not stays where it is.
    /// </summary>
    /// <param name="name">The version.</param>
    /// <param name="author">For the history: who, with 1 to <see cref="DocumentLimits.NameCharacters"/> characters.</param>
    /// <returns>The version that the document has now; the same as before if the text was that already.</returns>
    /// <exception cref="DurableObjectException">There is none of that name (404 <c>unknown-version</c>).</exception>
    Task<long> RestoreVersion(string name, string? author = null);

    /// <summary>Forgets a named version.</summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> DeleteVersion(string name);

    /// <summary>
    /// Folds all updates but the newest into the text that is kept beside them. It happens by itself when there are
    /// <see cref="DocumentLimits.MaxLog"/>.
    /// </summary>
    /// <param name="keep">How many updates to keep: 0 to <see cref="DocumentLimits.MaxLog"/>.</param>
    /// <returns>The oldest version after which updates can still be pulled.</returns>
    Task<long> Compact(int keep = 0);
}
