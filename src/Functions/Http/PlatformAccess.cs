using Microsoft.Azure.Functions.Worker;

namespace DurableObjects.Functions.Http;

/// <summary>
/// Who lets callers in, which is decided when the app is built, since the platform reads it out of the triggers: the platform's function
/// keys, or, built with <c>-p:PlatformAuthentication=true</c>, App Service authentication. An app of the second kind lets nobody in where
/// that is not switched on.
/// </summary>
public static class PlatformAccess
{
#if PLATFORM_AUTHENTICATION
    /// <summary>What the platform asks of a request before it comes here: nothing.</summary>
    public const AuthorizationLevel Level = AuthorizationLevel.Anonymous;

    /// <summary>Whether callers are those of App Service authentication.</summary>
    public const bool IsByPrincipal = true;
#else
    /// <summary>What the platform asks of a request before it comes here: a function key, in <c>x-functions-key</c> or as <c>code</c>.</summary>
    public const AuthorizationLevel Level = AuthorizationLevel.Function;

    /// <summary>Whether callers are those of App Service authentication.</summary>
    public const bool IsByPrincipal = false;
#endif
}
