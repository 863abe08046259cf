using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// Topic names and topic filters as MQTT has them (OASIS, MQTT 5.0, 4.7): levels with <c>/</c> in between, empty ones among them; in a
/// filter <c>+</c> stands for one level, and <c>#</c> as the last for any number, also none. Upper and lower case differ.
/// </summary>
internal static class HubTopic
{
    /// <summary>Refuses what posts cannot be about.</summary>
    public static void CheckName(string topic, string argument)
    {
        Check(topic, argument);
        if (topic.AsSpan().ContainsAny('+', '#'))
        {
            throw Argument.Invalid($"'{argument}' is '{topic}'; '+' and '#' are for watching, a post is about one topic.");
        }
    }

    /// <summary>Refuses what cannot be watched.</summary>
    public static void CheckFilter(string filter, string argument)
    {
        string[] levels = Check(filter, argument);
        for (int i = 0; i < levels.Length; i++)
        {
            bool isGood = !levels[i].AsSpan().ContainsAny('+', '#') || levels[i] is "+" || (levels[i] is "#" && i == levels.Length - 1);
            if (!isGood)
            {
                throw Argument.Invalid(
                    $"'{argument}' is '{filter}'; '+' and '#' must be a whole level, and '#' the last.");
            }
        }
    }

    /// <summary>A filter as it is stored: each level ends with a slash, so that the beginning of a filter is that of its text.</summary>
    public static string Stored(string filter) => filter + "/";

    /// <summary>The filter that was stored.</summary>
    public static string Given(string stored) => stored[..^1];

    /// <summary>The levels of a name, as a JSON array.</summary>
    public static string Levels(string topic) => JsonSerializer.Serialize(topic.Split('/'), ObjectJson.Options);

    /// <summary>Whether wildcards at the first level stand for it: they do not for topics of the server's own (4.7.2).</summary>
    public static bool IsOrdinary(string topic) => topic[0] != '$';

    private static string[] Check(string text, string argument)
    {
        Argument.Text(text, argument, NotificationHub.TopicCharacters);
        string[] levels = text.Split('/');
        if (levels.Length > NotificationHub.TopicLevels)
        {
            throw Argument.Invalid($"'{argument}' has {levels.Length} levels; the limit is {NotificationHub.TopicLevels}.");
        }
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw Argument.Invalid($"'{argument}' has a null character, which a topic may not have.")
            : levels;
    }
}
