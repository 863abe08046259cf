using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The checks of arguments that the ready-made objects share. What is outside its limits is refused with 400
/// <c>invalid-argument</c> and a text that names the argument, its value and the limit.
/// </summary>
internal static class Argument
{
    private const int ShortenedCharacters = 500;

    /// <summary>The refusal of an argument; throw it.</summary>
    public static DurableObjectException Invalid(string message) => new(400, ErrorCodes.InvalidArgument, message);

    /// <summary>Checks that a text has at least one character (UTF-16), and not more than the limit.</summary>
    public static void Text(string value, string name, int limit)
    {
        if (value.Length is 0 || value.Length > limit)
        {
            throw Invalid($"'{name}' has {value.Length:N0} characters; it must have 1 to {limit:N0}.");
        }
    }

    /// <summary>Checks that a number lies between two, both allowed.</summary>
    public static void Within(long value, string name, long least, long most)
    {
        if (value < least || value > most)
        {
            throw Invalid($"'{name}' is {value}; it must be {least} to {most}.");
        }
    }

    /// <summary>Seconds, with three decimals at most and between two numbers of seconds, as milliseconds.</summary>
    public static long Milliseconds(decimal seconds, string name, decimal least, decimal most)
    {
        bool isWithin = seconds >= least && seconds <= most;
        return isWithin && decimal.Truncate(seconds * 1_000) == seconds * 1_000
            ? (long)(seconds * 1_000)
            : throw Invalid($"'{name}' is {seconds}; it must be {least} to {most} seconds, with three decimals at most.");
    }

    /// <summary>The name of an argument that each of several has, for these checks: they say <c>'input' of 'a'</c>.</summary>
    public static string Of(string name, string owner) => $"{name}' of '{owner}";

    /// <summary>
    /// An argument as JSON text that storage can hold, of so many bytes of UTF-8 at most, and nested no deeper than
    /// <see cref="JsonLimits.Depth"/>; null for null.
    /// </summary>
    public static string? Json<T>(T? value, string name, int limit) => JsonOf(value, $"'{name}'", limit);

    /// <summary>The same of what is no argument, such as what came of one: it is called what a sentence can begin with.</summary>
    public static string? JsonOf<T>(T? value, string what, int limit)
    {
        string? json = Written(value, what);
        byte[] utf8 = Encoding.UTF8.GetBytes(json ?? "null");
        if (json is not null && utf8.Length > limit)
        {
            throw Invalid($"{what} has {utf8.Length:N0} bytes; the limit is {limit:N0} bytes.");
        }
        Utf8JsonReader reader = new(utf8);
        while (reader.Read())
        {
            int opened = reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : 0;
            if (reader.CurrentDepth + opened > JsonLimits.Depth)
            {
                throw Invalid($"{what} is nested deeper than the limit of {JsonLimits.Depth} levels.");
            }
        }
        return json;
    }

    /// <summary>An argument as JSON text that storage can hold; null for null.</summary>
    public static string? Json<T>(T? value, string name) => Written(value, $"'{name}'");

    /// <summary>
    /// Cuts the text of an error to what is kept of it. Halves of surrogate pairs, which SQL text cannot hold, become U+FFFD.
    /// </summary>
    public static string Shorten(string text) => Encoding.UTF8.GetString(
        Encoding.UTF8.GetBytes(text.Length <= ShortenedCharacters ? text : text[..ShortenedCharacters]));

    private static string? Written<T>(T? value, string what)
    {
        try
        {
            return value is null ? null : JsonSerializer.Serialize(value, ObjectJson.Options);
        }
        catch (JsonException error)
        {
            // JSON can escape half of a surrogate pair, which no text can hold.
            throw Invalid($"{what} cannot be stored: {(error.InnerException ?? error).Message}");
        }
    }
}
