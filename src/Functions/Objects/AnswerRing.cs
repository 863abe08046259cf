using DurableObjects.Turns;

namespace DurableObjects.Functions.Objects;

/// <summary>
/// The answers in an object's state. A caller finds his there within milliseconds; when more come than there is room for, the oldest
/// move into the database in one go, where a second delivery of the call finds them.
/// </summary>
internal static class AnswerRing
{
    /// <summary>
    /// Characters of all answers in the state. The answers of two batches fit, if they are short: one look may come between others that are
    /// late.
    /// </summary>
    public const int MaxCharacters = 8_000;

    /// <summary>Characters that stay when answers move out: more than those of a batch, which nobody has seen yet.</summary>
    private const int Kept = 5_000;

    /// <summary>Characters of one answer in the state; a longer one is a payload. A few kilobytes of JSON, compressed.</summary>
    public const int MaxInlineCharacters = 1_400;

    /// <summary>Characters of what stands around an answer: its id, its time, quotes and names.</summary>
    private const int Overhead = 80;

    /// <summary>The answer of a call; null if it is not here.</summary>
    public static AnswerMark? Find(this ObjectState state, string id) => state.Answers?.LastOrDefault(one => one.Id == id);

    /// <summary>The oldest answers that must move out so that there is room for one more.</summary>
    public static IReadOnlyList<AnswerMark> Excess(this ObjectState state)
    {
        int characters = state.Answers?.Sum(Characters) ?? 0;
        if (state.Answers is not { } answers || characters + MaxInlineCharacters + Overhead <= MaxCharacters)
        {
            return [];
        }
        // Many at once, so that this does not happen with every call.
        int count = 0;
        for (int left = characters; left > Kept; count++)
        {
            left -= Characters(answers[count]);
        }
        return [.. answers.Take(count)];
    }

    /// <summary>The state without its oldest answers.</summary>
    public static ObjectState Without(this ObjectState state, IReadOnlyList<AnswerMark> oldest) =>
        state with { Answers = [.. (state.Answers ?? []).Skip(oldest.Count)] };

    /// <summary>The state with one more answer. Those whose callers have long given up are dropped.</summary>
    public static ObjectState With(this ObjectState state, AnswerMark answer)
    {
        long oldest = answer.At - (long)Limits.CallMemory.TotalMilliseconds;
        return state with { Answers = [.. (state.Answers ?? []).Where(one => one.At > oldest), answer] };
    }

    private static int Characters(AnswerMark answer) => Overhead + (answer.Inline?.Length ?? 0) + (answer.Payload?.Length ?? 0);
}
