namespace DurableTask.Core;

public class ParentInstance
{
    public string Name;

    public OrchestrationInstance OrchestrationInstance;

    public int TaskScheduleId;

    public string Version;
}
