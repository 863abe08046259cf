#nullable enable

using System.Runtime.CompilerServices;

namespace AzureReference;

internal static class ReferenceOnly
{
    public static NotSupportedException Body([CallerMemberName] string? member = null) =>
        new($"{member} is only a signature here: this was built with AzureSdk=reference, which compiles against the Azure packages "
            + "without having them. Build with the packages to run it.");
}
