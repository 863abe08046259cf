using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace DurableObjects.Cards;

/// <summary>
/// Which members of the model the code of an object class uses: read out of the instructions of its methods, of those of its bases, and of
/// whatever these call in the same assemblies, lambdas and async methods included. Code that cannot be read counts as using nothing.
/// </summary>
internal static class UsedMembers
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private const byte TwoBytes = 0xFE;

    /// <summary>What is looked for, by its owner; the code of these is not gone into.</summary>
    private static readonly HashSet<Type> Owners =
    [
        typeof(DurableObject), typeof(ObjectContext), typeof(ObjectStorage), typeof(ObjectSql), typeof(ObjectSockets), typeof(ObjectSocket),
        typeof(ObjectSignals), typeof(Workflows.ObjectWorkflows),
    ];

    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes)
        .GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => (OpCode)field.GetValue(null)!).ToDictionary(one => one.Value);

    /// <summary>The members, by owner and name.</summary>
    public static HashSet<(Type Owner, string Name)> Of(Type type)
    {
        Type[] levels = [.. Levels(type)];
        HashSet<Assembly> assemblies = [.. levels.Select(level => level.Assembly)];
        HashSet<(Type, string)> used = [];
        HashSet<MethodBase> seen = [];
        Stack<MethodBase> open = new(levels.SelectMany(CodeOf));
        while (open.TryPop(out MethodBase? method))
        {
            if (method.DeclaringType is { } owner && Owners.Contains(owner))
            {
                used.Add((owner, method.Name));
            }
            else if (method.DeclaringType is { } other && assemblies.Contains(other.Assembly) && seen.Add(DefinitionOf(method)))
            {
                foreach (MethodBase next in CallsOf(method).Concat(ContinuationsOf(method)).Concat(VirtualsOf(method)))
                {
                    open.Push(next);
                }
            }
        }
        return used;
    }

    /// <summary>The class and its bases up to the model's own.</summary>
    public static IEnumerable<Type> Levels(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(DurableObject); level = level.BaseType)
        {
            yield return level;
        }
    }

    private static IEnumerable<MethodBase> CodeOf(Type type) =>
        type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared));

    /// <summary>Where the code of an async method or iterator really is.</summary>
    private static IEnumerable<MethodBase> ContinuationsOf(MethodBase method) =>
        IfReadable(() => method.GetCustomAttribute<StateMachineAttribute>()) is { } machine ? CodeOf(machine.StateMachineType) : [];

    /// <summary>
    /// What may be called of a type through an interface or a base, where the call does not say which type's it will be: of each that is
    /// constructed.
    /// </summary>
    private static IEnumerable<MethodBase> VirtualsOf(MethodBase method) =>
        method is ConstructorInfo { DeclaringType: { } type } ? CodeOf(type).Where(one => one.IsVirtual) : [];

    /// <summary>One for all instantiations of a generic method, of which recursion may make ever more.</summary>
    private static MethodBase DefinitionOf(MethodBase method) =>
        IfReadable(() => method.Module.ResolveMethod(method.MetadataToken)) ?? method;

    private static IEnumerable<MethodBase> CallsOf(MethodBase method)
    {
        byte[] code = IfReadable(() => method.GetMethodBody()?.GetILAsByteArray()) ?? [];
        Type[] ofType = method.DeclaringType?.GetGenericArguments() ?? [];
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        int at = 0;
        while (at < code.Length)
        {
            OpCode instruction = Instructions[
                code[at] == TwoBytes ? unchecked((short)((TwoBytes << 8) | code[at + 1])) : code[at]];
            at += instruction.Size;
            int token = instruction.OperandType == OperandType.InlineMethod ? BitConverter.ToInt32(code, at) : 0;
            if (token != 0 && IfReadable(() => method.Module.ResolveMethod(token, ofType, ofMethod)) is { } called)
            {
                yield return called;
            }
            at += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }

    /// <summary>Null for what was trimmed, is of an assembly that is not there, or was made at run time.</summary>
    private static T? IfReadable<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is ArgumentException or MissingMemberException or TypeLoadException or IOException
            or BadImageFormatException or NotSupportedException or InvalidOperationException)
        {
            return null;
        }
    }
}
