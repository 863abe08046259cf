namespace DurableObjects.Archive;

/// <summary>Which optional fields a summary has.</summary>
[Flags]
internal enum SummaryFields
{
    None = 0,
    Exists = 1,
    Alarm = 2,
    WakeAt = 4,
    RestoreTo = 8,
    AutoResponse = 16,
    Label = 32,
}
