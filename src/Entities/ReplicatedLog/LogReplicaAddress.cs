using System.Globalization;

namespace DurableObjects.Entities;

/// <summary>Which follower an object is, by its name: the leader's key, a colon and a number.</summary>
internal sealed record LogReplicaAddress(ObjectAddress Leader, int Number)
{
    private const string LeaderClass = "replicated-log";
    private const string FollowerClass = "log-follower";

    /// <summary>The follower that an object is.</summary>
    /// <exception cref="DurableObjectException">Its name is not one of a follower (400).</exception>
    public static LogReplicaAddress Of(ObjectContext context)
    {
        string name = context.Name ?? "";
        int colon = name.LastIndexOf(':');
        bool isNumbered = int.TryParse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        bool isPlain = isNumbered && number is >= 1 and <= LogLimits.MaxReplicas && name.Length - colon == 2;
        return colon > 0 && isPlain
            ? new LogReplicaAddress(ObjectAddress.OfKey(LeaderClass, name[..colon]), number)
            : throw Argument.Invalid(
                $"'{name}' names no follower: it must be the log's name, a colon, and a number of 1 to {LogLimits.MaxReplicas}.");
    }

    /// <summary>The address of a leader's follower.</summary>
    public static ObjectAddress Follower(ObjectAddress leader, int number) =>
        ObjectAddress.OfName(FollowerClass, $"{leader.Key}:{number}");

    /// <summary>How an object's signals name it as their caller.</summary>
    public static string CallerIdOf(ObjectAddress address) => $"object:{address.ClassName}/{address.Id}";
}
