using System.Reflection;
using System.Text.Json;

namespace DurableObjects.Classes;

/// <summary>
/// Makes a method's arguments from JSON: an object of named ones, an array of positional ones, or nothing. Every error names the
/// argument.
/// </summary>
internal sealed class ArgumentBinder
{
    private readonly string _method;
    private readonly Parameter[] _parameters;
    private readonly int _count;

    public ArgumentBinder(MethodInfo method, string displayName)
    {
        _method = displayName;
        NullabilityInfoContext nullability = new();
        _parameters = [.. method.GetParameters().Select(parameter => new Parameter(
            JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!),
            parameter.ParameterType,
            IsCancellation: parameter.ParameterType == typeof(CancellationToken),
            parameter.HasDefaultValue,
            parameter.HasDefaultValue ? DefaultOf(parameter) : null,
            AllowsNull(parameter, nullability)))];
        _count = _parameters.Count(parameter => !parameter.IsCancellation);
    }

    public object?[] Bind(ReadOnlyMemory<byte> json, bool textual, Func<CancellationToken> cancellation)
    {
        object?[] values = new object?[_parameters.Length];
        Span<bool> given = _parameters.Length <= 64 ? stackalloc bool[_parameters.Length] : new bool[_parameters.Length];
        if (!json.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            try
            {
                Read(json.Span, textual, values, given);
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                throw DurableObjectException.Invalid($"The arguments of {_method} are not JSON: {error.Message}", error);
            }
        }
        for (int i = 0; i < _parameters.Length; i++)
        {
            Parameter parameter = _parameters[i];
            if (parameter.IsCancellation)
            {
                values[i] = cancellation();
            }
            else if (!given[i])
            {
                values[i] = parameter.HasDefault
                    ? parameter.Default
                    : throw DurableObjectException.Invalid($"{_method} needs the argument '{parameter.Name}'.");
            }
        }
        return values;
    }

    private static object? DefaultOf(ParameterInfo parameter)
    {
        object? value = parameter.DefaultValue;
        Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (value is null)
        {
            return parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;
        }
        return type.IsEnum ? Enum.ToObject(type, value) : value;
    }

    private static bool AllowsNull(ParameterInfo parameter, NullabilityInfoContext nullability) =>
        parameter.ParameterType.IsValueType
            ? Nullable.GetUnderlyingType(parameter.ParameterType) is not null
            : nullability.Create(parameter).WriteState != NullabilityState.NotNull;

    private void Read(ReadOnlySpan<byte> json, bool textual, object?[] values, Span<bool> given)
    {
        Utf8JsonReader reader = new(json);
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    int index = IndexOf(TextOf(ref reader));
                    reader.Read();
                    Set(index, ref reader, textual, values, given);
                }
                break;
            case JsonTokenType.StartArray:
                int position = 0;
                for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    while (position < _parameters.Length && _parameters[position].IsCancellation)
                    {
                        position++;
                    }
                    if (position == _parameters.Length)
                    {
                        throw DurableObjectException.Invalid($"{_method} takes {_count} arguments; more were given.");
                    }
                    Set(position++, ref reader, textual, values, given);
                }
                break;
            default:
                throw DurableObjectException.Invalid(
                    $"The arguments of {_method} must be a JSON object of named ones or an array of positional ones.");
        }
        if (reader.Read())
        {
            throw DurableObjectException.Invalid($"The arguments of {_method} must be one JSON value.");
        }
    }

    private int IndexOf(string name)
    {
        int index = Array.FindIndex(
            _parameters, parameter => !parameter.IsCancellation && parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? index
            : throw DurableObjectException.Invalid($"{_method} has no argument '{name}'; {Signature()}");
    }

    private string Signature() => _count == 0
        ? "it takes none."
        : $"it takes {string.Join(", ", _parameters.Where(one => !one.IsCancellation).Select(one => $"'{one.Name}'"))}.";

    private void Set(int index, ref Utf8JsonReader reader, bool textual, object?[] values, Span<bool> given)
    {
        Parameter parameter = _parameters[index];
        if (given[index])
        {
            throw DurableObjectException.Invalid($"The argument '{parameter.Name}' of {_method} is given twice.");
        }
        given[index] = true;
        try
        {
            object? value = textual && parameter.Type != typeof(string) && reader.TokenType == JsonTokenType.String
                ? FromText(TextOf(ref reader), parameter)
                : JsonSerializer.Deserialize(ref reader, parameter.Type, ObjectJson.Arguments);
            if (value is null && !parameter.AllowsNull)
            {
                throw DurableObjectException.Invalid($"The argument '{parameter.Name}' of {_method} may not be null.");
            }
            values[index] = value;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or FormatException or OverflowException)
        {
            throw DurableObjectException.Invalid(
                $"The argument '{parameter.Name}' of {_method} is not a {Describe(parameter.Type)}: {error.Message}", error);
        }
    }

    /// <summary>A query has no types: what reads as JSON is that, and anything else is text (a date, say).</summary>
    private static object? FromText(string text, Parameter parameter)
    {
        bool isList = parameter.Type != typeof(byte[]) && parameter.Type.IsAssignableTo(typeof(System.Collections.IEnumerable));
        if (isList && !text.StartsWith('['))
        {
            // Given twice, the name would have been an array already; given once it is one of length one.
            return JsonSerializer.Deserialize(
                JsonSerializer.SerializeToUtf8Bytes((string[])[text], ObjectJson.Options), parameter.Type, ObjectJson.Arguments);
        }
        try
        {
            return JsonSerializer.Deserialize(text, parameter.Type, ObjectJson.Arguments);
        }
        catch (JsonException)
        {
            return JsonSerializer.Deserialize(
                JsonSerializer.SerializeToUtf8Bytes(text, ObjectJson.Options), parameter.Type, ObjectJson.Arguments);
        }
    }

    /// <summary>A text or name, of which the reader only looks at the quotes until it is asked for it.</summary>
    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("a text in it is not valid Unicode.", error);
        }
    }

    private static string Describe(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? Describe(inner) : type.Name;

    private sealed record Parameter(string Name, Type Type, bool IsCancellation, bool HasDefault, object? Default, bool AllowsNull);
}
