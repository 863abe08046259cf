using System.Reflection;
using System.Text.Json;
using DurableObjects.Classes;

namespace DurableObjects;

/// <summary>A public method of an object class, as callers see it.</summary>
public sealed class ObjectMethod
{
    private readonly MethodInvoker _invoker;
    private readonly ArgumentBinder _binder;
    private readonly ResultReader _result;
    private readonly string _resultName;

    internal ObjectMethod(MethodInfo method, string className)
    {
        Name = NameOf(method);
        IsReadOnly = method.IsDefined(typeof(ReadOnlyMethodAttribute), inherit: true);
        _invoker = MethodInvoker.Create(method);
        _binder = new ArgumentBinder(method, $"{className}.{Name}");
        _result = ResultReader.For(method.ReturnType);
        _resultName = $"The result of '{Name}'";
    }

    /// <summary>The name in camelCase, without a trailing <c>Async</c>.</summary>
    public string Name { get; }

    /// <summary>Whether the method is marked with <see cref="ReadOnlyMethodAttribute"/>.</summary>
    public bool IsReadOnly { get; }

    internal static string NameOf(MethodInfo method)
    {
        const string Suffix = "Async";
        string name = method.Name;
        return JsonNamingPolicy.CamelCase.ConvertName(
            name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name);
    }

    /// <summary>Binds the arguments and calls; what comes back is the result as UTF-8 JSON, empty for none.</summary>
    internal ValueTask<ReadOnlyMemory<byte>> InvokeAsync(
        DurableObject instance, ReadOnlyMemory<byte> arguments, bool textual, Func<CancellationToken> cancellation, Action? bound = null)
    {
        object?[] values = _binder.Bind(arguments, textual, cancellation);
        bound?.Invoke();
        return _result.ReadAsync(_invoker.Invoke(instance, values.AsSpan()), _resultName);
    }
}
