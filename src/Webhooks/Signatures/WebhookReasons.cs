namespace DurableObjects.Webhooks.Signatures;

/// <summary>
/// Every reason why a webhook is not taken. They are whole and fixed, with nothing in them from the request, so that they serve as a
/// figure's label and cannot forge a line of a log.
/// </summary>
public static class WebhookReasons
{
    /// <summary>Refused: a header that the signature needs is missing.</summary>
    public const string HeaderMissing = "a header of the signature is missing";

    /// <summary>Refused: a header that the signature needs came more than once, and none of them is more right than the other.</summary>
    public const string HeaderRepeated = "a header of the signature came more than once";

    /// <summary>Refused: a header that the signature needs has more than <see cref="WebhookLimits.HeaderCharacters"/> characters.</summary>
    public const string HeaderTooLong = "a header of the signature is too long";

    /// <summary>Refused: a header of the signature is not written as the scheme has it.</summary>
    public const string HeaderMalformed = "a header of the signature is malformed";

    /// <summary>Refused: there are signatures, and none of the version that the scheme goes by.</summary>
    public const string NoKnownVersion = "no signature has a known version";

    /// <summary>Refused: no signature is one of a secret of the source.</summary>
    public const string NoMatch = "no signature matches";

    /// <summary>Refused: signed longer ago than <see cref="WebhookLimits.Tolerance"/>; somebody replays it, or a clock is wrong.</summary>
    public const string TooOld = "the timestamp is too old";

    /// <summary>Refused: signed further in the future than <see cref="WebhookLimits.Tolerance"/>.</summary>
    public const string TooNew = "the timestamp is in the future";

    /// <summary>Malformed: the body is no JSON object.</summary>
    public const string NotJson = "the body is not a JSON object";

    /// <summary>Malformed: the delivery has no id, or one that is not between 1 and 255 visible ASCII characters.</summary>
    public const string BadId = "the id is not one of 1 to 255 visible ASCII characters";

    /// <summary>Malformed: the event has no type where the scheme always has one, or one that is not of visible ASCII characters.</summary>
    public const string BadType = "the event's type is not one of 1 to 255 visible ASCII characters";
}
