using System.Text;

namespace DurableObjects.Entities;

/// <summary>Who is told of new items: the sockets that listen, to all sources or to one, and a source's <see cref="PollTarget"/>.</summary>
internal sealed class PollListeners(ObjectContext context)
{
    /// <summary>
    /// Items, and bytes of their contents, of one signal and one message; both stay below <see cref="Limits.SocketMessageBytes"/>.
    /// </summary>
    private const int PortionItems = 100;

    private const int PortionBytes = 256 * 1_024;

    private const string AllTag = "all";

    public static void Take(ObjectSocket socket, string? source)
    {
        if (source is not null)
        {
            Argument.Text(source, "source", PollLimits.SourceCharacters);
        }
        socket.SetTags(source is null ? AllTag : TagOf(source));
    }

    public void Tell(PollRow row, List<PolledItem> items)
    {
        foreach (IReadOnlyList<PolledItem> portion in Portions(items))
        {
            context.Sockets.SendToTag(AllTag, "items", portion);
            context.Sockets.SendToTag(TagOf(row.Id), "items", portion);
            if (row.ParsedTarget is { } target)
            {
                context.Objects.Signal(ObjectAddress.OfKey(target.Class, target.Key), target.Method, portion);
            }
        }
    }

    private static string TagOf(string source) => $"source:{source}";

    private static IEnumerable<IReadOnlyList<PolledItem>> Portions(List<PolledItem> items)
    {
        List<PolledItem> portion = [];
        int bytes = 0;
        foreach (PolledItem item in items)
        {
            int size = Encoding.UTF8.GetByteCount(item.Content.GetRawText());
            if (portion.Count == PortionItems || (portion.Count > 0 && bytes + size > PortionBytes))
            {
                yield return portion;
                portion = [];
                bytes = 0;
            }
            portion.Add(item);
            bytes += size;
        }
        if (portion.Count > 0)
        {
            yield return portion;
        }
    }
}
