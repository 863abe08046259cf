using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine.Entities;

/// <summary>Gives an entity its operations one after the other, and commits or rolls back after each.</summary>
internal sealed class EntityOperationRun : TaskEntityOperation
{
    private readonly ContextOf _context;
    private readonly StateOf _state;
    private readonly List<Exception> _failures = [];
    private readonly List<OperationResult> _results = [];
    private string _name = "";
    private string? _input;

    public EntityOperationRun(EntityInstanceId id, string? state)
    {
        _context = new ContextOf(id);
        _state = new StateOf(state);
    }

    public override string Name => _name;

    public override TaskEntityContext Context => _context;

    public override TaskEntityState State => _state;

    public override bool HasInput => _input is not null;

    public override object? GetInput(Type inputType) => HubJson.Converter.Deserialize(_input, inputType);

    public async Task RunAsync(ITaskEntity entity, EntitySignal signal)
    {
        (_name, _input) = (signal.Operation, signal.Input);
        try
        {
            _results.Add(new OperationResult(HubJson.Converter.Serialize(await entity.RunAsync(this)), null));
            _state.Commit();
            _context.Commit();
        }
        catch (Exception error)
        {
            _failures.Add(error);
            _results.Add(new OperationResult(null, TaskFailureDetails.FromException(error)));
            _state.Rollback();
            _context.Rollback();
        }
    }

    public EntityResult Result() => new(_state.Text, [.. _context.Actions], _results, _failures);

    private sealed class StateOf(string? text) : TaskEntityState
    {
        private string? _committed = text;
        private object? _cached;

        public string? Text { get; private set; } = text;

        public override bool HasState => Text is not null;

        public void Commit() => _committed = Text;

        public void Rollback() => (Text, _cached) = (_committed, null);

        public override object? GetState(Type type)
        {
            if (_cached is null || !type.IsInstanceOfType(_cached))
            {
                _cached = HubJson.Converter.Deserialize(Text, type);
            }
            return _cached;
        }

        public override void SetState(object? state)
        {
            Text = state is null ? null : HubJson.Converter.Serialize(state);
            _cached = state;
        }
    }

    private sealed class ContextOf(EntityInstanceId id) : TaskEntityContext
    {
        private int _committed;

        public List<EntityAction> Actions { get; } = [];

        public override EntityInstanceId Id => id;

        public void Commit() => _committed = Actions.Count;

        public void Rollback() => Actions.RemoveRange(_committed, Actions.Count - _committed);

        public override void SignalEntity(
            EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null) =>
            Actions.Add(new SignalAction(id, operationName, HubJson.Converter.Serialize(input), options?.SignalTime));

        public override string ScheduleNewOrchestration(TaskName name, object? input = null, StartOrchestrationOptions? options = null)
        {
            string instance = options?.InstanceId
                ?? throw new NotSupportedException("An orchestration that an entity starts without an id is another one each time that the batch runs.");
            Actions.Add(new StartAction(instance, name.Name, HubJson.Converter.Serialize(input), options.StartAt));
            return instance;
        }
    }
}
