namespace DurableObjects.Entities.Tests;

/// <summary>Expectations that all the objects' tests share.</summary>
internal static class Expect
{
    /// <summary>A call fails with a status and a code, and its message says all of the texts.</summary>
    public static async Task Refusal(int status, string code, Func<Task> call, params IReadOnlyList<string> says)
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(call);
        Assert.True((status, code) == (error.Status, error.Code), $"{error.Status} {error.Code}: {error.Message}");
        Assert.All(says, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
    }

    /// <summary>A call fails because of an argument that its message names.</summary>
    public static Task InvalidArgument(Func<Task> call, params IReadOnlyList<string> says) =>
        Refusal(400, ErrorCodes.InvalidArgument, call, says);
}
