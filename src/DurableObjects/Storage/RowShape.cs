using System.Reflection;

namespace DurableObjects.Storage;

/// <summary>How a row becomes a record: which column each constructor parameter takes. Underscores in column names are skipped.</summary>
internal sealed class RowShape<T>
    where T : notnull
{
    private static readonly ConstructorInfo? Constructor =
        typeof(T).GetConstructors().OrderByDescending(one => one.GetParameters().Length).FirstOrDefault();

    // One for the type, not for each result: an invoker compiles code for itself when it is used a second time.
    private static readonly ConstructorInvoker? Invoker = Constructor is null ? null : ConstructorInvoker.Create(Constructor);

    private readonly (int Column, Type Type, string Name)[] _parameters;

    private RowShape((int, Type, string)[] parameters) => _parameters = parameters;

    public static RowShape<T> For(string[] columns)
    {
        ConstructorInfo constructor = Constructor
            ?? throw DurableObjectException.Misuse($"{typeof(T).Name} has no public constructor for a row to fill.");
        string[] plain = [.. columns.Select(column => column.Replace("_", "", StringComparison.Ordinal))];
        return new RowShape<T>([.. constructor.GetParameters().Select(parameter =>
        {
            int column = Array.FindIndex(plain, name => name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase));
            return column >= 0
                ? (column, parameter.ParameterType, columns[column])
                : throw DurableObjectException.Invalid(
                    $"{typeof(T).Name} wants a column '{parameter.Name}'; the result has {string.Join(", ", columns)}.");
        })]);
    }

    public T Read(SqlRow row)
    {
        object?[] arguments = new object?[_parameters.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            (int column, Type type, string name) = _parameters[i];
            arguments[i] = SqlRow.Convert(row.Values[column], type, name);
        }
        return (T)Invoker!.Invoke(arguments.AsSpan());
    }
}
