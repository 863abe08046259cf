using System.Globalization;

namespace DurableObjects;

/// <summary>One row: values are long, double, string, byte[] or null.</summary>
public sealed class SqlRow
{
    private readonly string[] _names;

    internal SqlRow(string[] names, object?[] values)
    {
        _names = names;
        Values = values;
    }

    /// <summary>The values in the order of the columns.</summary>
    public IReadOnlyList<object?> Values { get; }

    /// <summary>The value of a column, by name without regard to case.</summary>
    /// <exception cref="DurableObjectException">There is no such column.</exception>
    public object? this[string column] => Values[IndexOf(column)];

    /// <summary>The value of a column as a type; SQL NULL is null or the type's default.</summary>
    /// <exception cref="DurableObjectException">There is no such column, or its value is of another type.</exception>
    public T? Get<T>(string column) => Get<T>(IndexOf(column));

    /// <summary>The value of a column, counted from 0, as a type.</summary>
    public T? Get<T>(int column) => (T?)Convert(Values[column], typeof(T), _names[column]);

    internal static object? Convert(object? value, Type type, string column)
    {
        Type target = Nullable.GetUnderlyingType(type) ?? type;
        if (value is null)
        {
            return target.IsValueType && target == type ? Activator.CreateInstance(target) : null;
        }
        if (target.IsInstanceOfType(value))
        {
            return value;
        }
        try
        {
            return value switch
            {
                string text when target == typeof(DateTimeOffset) =>
                    DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
                string text when target == typeof(Guid) => Guid.Parse(text),
                string text when target.IsEnum => Enum.Parse(target, text, ignoreCase: true),
                string text when target == typeof(decimal) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
                long number when target.IsEnum => Enum.ToObject(target, number),
                long number when target == typeof(bool) => number != 0,
                long or double when target.IsPrimitive || target == typeof(decimal) =>
                    System.Convert.ChangeType(value, target, CultureInfo.InvariantCulture),
                _ => throw new InvalidCastException($"a {value.GetType().Name} is not a {target.Name}"),
            };
        }
        catch (Exception error) when (error is InvalidCastException or FormatException or OverflowException or ArgumentException)
        {
            throw DurableObjectException.Invalid($"Column '{column}' cannot be read as {target.Name}: {error.Message}", error);
        }
    }

    private int IndexOf(string column)
    {
        int index = Array.FindIndex(_names, name => name.Equals(column, StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? index
            : throw DurableObjectException.Invalid($"The result has no column '{column}'; it has {string.Join(", ", _names)}.");
    }
}
