using DurableObjects.Archive;
using DurableObjects.Embedded.Archive;
using DurableObjects.Embedded.Tests.Disk;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.PowerLoss;

public class FolderArchiveTests
{
    [Fact]
    public async Task A_flushed_piece_survives_with_all_folders_above_it()
    {
        PieceName name = new("probe", ObjectId.FromName("probe", "a"), 0, 1, 7, PieceKind.Segment);
        for (int seed = 0; seed < 50; seed++)
        {
            MemoryFolder disk = new();
            FolderArchive archive = new(disk.Folder("archive"));
            disk.Flush();
            await archive.WriteAsync(name, new MemoryStream([1, 2, 3]), CancellationToken.None);
            await archive.FlushAsync(CancellationToken.None);

            MemoryFolder after = disk.AfterPowerFailure(new Random(seed));

            FolderArchive again = new(after.Folder("archive"));
            Assert.Equal([name], await again.ListAsync("probe", name.Id, CancellationToken.None));
        }
    }
}
