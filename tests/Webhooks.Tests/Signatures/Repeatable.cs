using FsCheck;
using Microsoft.FSharp.Core;

namespace DurableObjects.Webhooks.Tests.Signatures;

/// <summary>How property tests run: the same cases each time, and a failure throws.</summary>
internal static class Repeatable
{
    public static Config Config { get; } = Config.QuickThrowOnFailure
        .WithMaxTest(500)
        .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(20_300_101, 7), FSharpOption<int>.None)))
        .WithQuietOnSuccess(true);
}
