using System.Globalization;
using System.Text;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Commits;
using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded;

/// <summary>
/// What a start and a stop do. A start brings the catalogue to the journal's end and resumes what a crash may have cut off:
/// signals in outboxes, sockets that are gone, alarms. A stop lets every accepted turn end, and leaves database files that the
/// next start may trust.
/// </summary>
internal sealed class EmbeddedHostLifetime(EmbeddedHost host) : IHostedService, IDisposable
{
    /// <summary>Objects that are resumed at once after a start.</summary>
    private const int ResumedAtOnce = 64;

    /// <summary>A file that is present only after a clean stop: says that the database files are what the catalogue says of them.</summary>
    private const string CleanMark = "clean";

    private readonly CancellationTokenSource _stopping = new();
    private Task _resuming = Task.CompletedTask;
    private bool _hasStopped;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        host.Live.Start();
        host.WakeClock.Start();
        host.Archiver.Start();
        _resuming = ResumeAsync();
        // What could not be resumed because nothing could be written goes on then.
        host.Journal.Recovered += () => _resuming = Task.WhenAll(_resuming, Task.Run(ResumeAsync));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_hasStopped)
        {
            return;
        }
        _hasStopped = true;
        host.Refuse();
        host.WakeClock.Stop();
        host.Signals.Stop();
        host.Activities.Stop();
        await _stopping.CancelAsync();
        await host.Archiver.StopAsync();
        bool isEmpty = await EmptyAsync();
        host.Live.Dispose();
        try
        {
            host.Journal.Dispose();
            if (isEmpty)
            {
                LeaveClean();
            }
        }
        finally
        {
            host.Folder.Dispose();
        }
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Opens the journal and brings the catalogue to its end.</summary>
    /// <exception cref="InvalidOperationException">The catalogue is damaged beyond what the journal can make good.</exception>
    public static RecordJournal Open(EmbeddedHost host, JournalOptions options)
    {
        ObjectCatalogue catalogue = host.Catalogue;
        IFolder files = host.Files;
        long? snapshot = ReadSnapshot(host);
        RecordJournal journal = RecordJournal.Open(
            files.Folder("journal"), options, snapshot ?? RecordJournal.FromOldest, entry => Replay(catalogue, entry), host.Clock,
            host.Logger);
        try
        {
            bool isClean = IsClean(host, journal, snapshot);
            foreach (CatalogueEntry entry in catalogue.Entries)
            {
                (entry.FileHead, entry.FileChecksum) = isClean ? (entry.FileHead, entry.FileChecksum) : (null, null);
                entry.MustResume = entry.Summary is { Outbox: > 0 } or { Sockets: > 0 } or { RestoreTo: not null };
            }
            host.Logger.Opened(files.Path, catalogue.Entries.Count, journal.Length, isClean ? "a clean stop" : "the journal");
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Whether the database files may be believed. The mark that says so is gone afterwards.</summary>
    private static bool IsClean(EmbeddedHost host, RecordJournal journal, long? snapshot)
    {
        IFolder files = host.Files;
        if (snapshot is null && journal.OldestPosition > 0)
        {
            throw new InvalidOperationException(
                $"The catalogue is damaged: neither {CatalogueFile.Name} nor {CatalogueFile.PreviousName} in {files.Path} can be read, "
                + "and the journal does not reach back to its beginning. Nothing has been changed. Restore the folder from a backup.");
        }
        bool isClean = files.List().Contains(CleanMark)
            && ReadCleanMark(files) == Mark(journal.DurablePosition) && snapshot == journal.DurablePosition;
        // From now on the files run ahead of the journal again, and after a crash nobody could tell which of them did.
        files.Delete(CleanMark);
        files.Flush();
        return isClean;
    }

    private static long? ReadSnapshot(EmbeddedHost host)
    {
        long? snapshot = CatalogueFile.Read(host.Files, CatalogueFile.Name, host.Catalogue);
        if (snapshot is not null)
        {
            return snapshot;
        }
        bool isDamaged = host.Files.List().Contains(CatalogueFile.Name);
        if (isDamaged)
        {
            host.Logger.SnapshotDamaged(Path.Combine(host.Files.Path, CatalogueFile.Name));
        }
        snapshot = CatalogueFile.Read(host.Files, CatalogueFile.PreviousName, host.Catalogue);
        if (isDamaged && snapshot is not null)
        {
            // The next snapshot would put it in place of the one that is good.
            host.Files.Delete(CatalogueFile.Name);
            host.Files.Flush();
        }
        return snapshot;
    }

    private static string ReadCleanMark(IFolder files)
    {
        using IFile file = files.OpenForReading(CleanMark);
        byte[] content = new byte[file.Length];
        file.Read(content, 0);
        return Encoding.ASCII.GetString(content);
    }

    private static void Replay(ObjectCatalogue catalogue, JournalEntry record)
    {
        switch (record.Payload[0])
        {
            case CommitRecord.Kind:
                StoredCommit commit = StoredCommit.Read(record.Payload);
                CatalogueEntry entry = catalogue.FindOrNew(commit.Address);
                if (entry.Address.Name is null && commit.Address.Name is { } name)
                {
                    catalogue.Name(entry, name);
                }
                if (record.Position >= entry.LastRecord)
                {
                    catalogue.Committed(entry, commit.Summary, record.Position, commit.IsWhole);
                    entry.Appended(record.Position, commit.IsWhole);
                }
                break;
            case PurgeRecord.Kind:
                if (catalogue.Find(PurgeRecord.Read(record.Payload).Id) is { } purged && purged.LastRecord < record.Position)
                {
                    catalogue.Remove(purged);
                }
                break;
            default:
                throw new InvalidDataException(
                    $"The journal holds a record of kind {record.Payload[0]}, which this version does not know. "
                    + "Use the version that wrote it, or a later one.");
        }
    }

    private static string Mark(long position) => position.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Lets every accepted turn end and every object leave memory; false if there was not enough time.</summary>
    private async Task<bool> EmptyAsync()
    {
        using CancellationTokenSource timeout = new(host.Options.StopTimeout, host.Clock);
        try
        {
            await _resuming.WaitAsync(timeout.Token);
            await host.Live.EmptyAsync(timeout.Token);
            // Only now, so that the ends of sockets and what turns have asked for meanwhile could still come in.
            host.Live.Close();
            await host.Live.EmptyAsync(timeout.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            host.Logger.StopTimedOut(host.Live.Count, host.Options.StopTimeout);
            host.Live.Close();
            host.Live.AbandonAll("The host is stopping.");
            return false;
        }
    }

    private async Task ResumeAsync()
    {
        CatalogueEntry[] unfinished = [.. host.Catalogue.Entries.Where(one => one.MustResume)];
        try
        {
            await Parallel.ForEachAsync(
                unfinished,
                new ParallelOptions { MaxDegreeOfParallelism = ResumedAtOnce, CancellationToken = _stopping.Token },
                async (entry, _) => await ResumeAsync(entry));
        }
        catch (OperationCanceledException)
        {
            // Stopped again already; the next start goes on.
        }
    }

    private async Task ResumeAsync(CatalogueEntry entry)
    {
        try
        {
            await host.WakeAsync(entry.Address);
        }
        catch (Exception error)
        {
            // One that cannot wake must not keep the others from it.
            host.Logger.ResumeFailed(error, entry.Address);
        }
    }

    private void LeaveClean()
    {
        foreach (CatalogueEntry entry in host.Catalogue.Entries)
        {
            if (entry.FileHead is null || !entry.FileNeedsFlush)
            {
                continue;
            }
            string path = host.Folder.Database(entry.Address);
            if (!File.Exists(path) || new FileInfo(path + "-wal") is { Exists: true, Length: > 0 })
            {
                entry.FileHead = null;
                continue;
            }
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            file.Flush(flushToDisk: true);
            entry.FileChecksum = DatabaseFiles.Checksum(file);
        }
        long end = host.Journal.DurablePosition;
        host.WriteSnapshot(end, isLast: true);
        host.Files.Delete(CleanMark);
        using (IFile mark = host.Files.Create(CleanMark))
        {
            mark.Write(Encoding.ASCII.GetBytes(Mark(end)), 0);
            mark.Flush();
        }
        host.Files.Flush();
    }
}
