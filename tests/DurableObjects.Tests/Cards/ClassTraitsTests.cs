using System.Runtime.CompilerServices;
using DurableObjects.Cards;

namespace DurableObjects.Tests.Cards;

/// <summary>Each word of a card on a class that does it, and none on one that does nothing.</summary>
public sealed class ClassTraitsTests
{
    private static readonly StorageSchema NoTables = new([]);

    private interface IAsked
    {
        void Ask();
    }

    [Fact]
    public void A_class_that_does_nothing_has_no_words()
    {
        ClassTraits traits = Of(typeof(Idle));

        Assert.Empty(traits.Patterns);
        Assert.Empty(traits.Coordination);
        Assert.Empty(traits.Optimization);
        Assert.False(traits.HasReadOnlyMethods);
    }

    [Theory]
    [InlineData(typeof(Querying), "sql")]
    [InlineData(typeof(Keeping), "key-value")]
    [InlineData(typeof(Alarmed), "alarm")]
    [InlineData(typeof(Connected), "hibernating-sockets")]
    [InlineData(typeof(Fetched), "http-requests")]
    [InlineData(typeof(Returning), "recovery-points")]
    [InlineData(typeof(Ending), "ends-itself")]
    public void A_pattern_is_named_where_it_is_and_alone(Type type, string word)
    {
        Assert.Equal([word], Of(type).Patterns);
        Assert.Empty(Of(type).Coordination);
        Assert.Empty(Of(type).Optimization);
    }

    [Theory]
    [InlineData(typeof(Signalling), "signals-exactly-once")]
    [InlineData(typeof(Starting), "workflows")]
    [InlineData(typeof(Broadcasting), "socket-broadcast")]
    [InlineData(typeof(Tagging), "socket-tags")]
    [InlineData(typeof(SendingToTag), "socket-tags")]
    [InlineData(typeof(Nesting), "nested-transactions")]
    [InlineData(typeof(Knowing), "caller-identity")]
    public void What_it_coordinates_is_named_where_it_is_and_alone(Type type, string word)
    {
        Assert.Equal([word], Of(type).Coordination);
        Assert.Empty(Of(type).Patterns);
        Assert.Empty(Of(type).Optimization);
    }

    [Theory]
    [InlineData(typeof(Reading), "read-only-methods")]
    [InlineData(typeof(Answering), "automatic-answers")]
    [InlineData(typeof(Attaching), "socket-attachments")]
    [InlineData(typeof(Waking), "memory-rebuilt-on-wake")]
    public void What_it_saves_is_named_where_it_is_and_alone(Type type, string word)
    {
        Assert.Equal([word], Of(type).Optimization);
        Assert.Empty(Of(type).Patterns);
        Assert.Empty(Of(type).Coordination);
    }

    [Fact]
    public void Indexes_are_named_if_a_table_has_one()
    {
        TableSchema bare = new("a", [], []);
        TableSchema indexed = new("b", [], [new IndexSchema("by_x", false, ["x"])]);

        Assert.Empty(new ClassTraits(ClassOf(typeof(Idle)), new StorageSchema([bare])).Optimization);
        Assert.Equal(["indexes"], new ClassTraits(ClassOf(typeof(Idle)), new StorageSchema([bare, indexed])).Optimization);
    }

    [Theory]
    [InlineData(typeof(InAsync))]
    [InlineData(typeof(InIterator))]
    [InlineData(typeof(InLambda))]
    [InlineData(typeof(BehindInterface))]
    [InlineData(typeof(InLocalFunction))]
    [InlineData(typeof(InHelper))]
    [InlineData(typeof(InGenericHelper))]
    [InlineData(typeof(InProperty))]
    public void Code_is_found_wherever_the_compiler_has_put_it(Type type) => Assert.Equal(["key-value"], Of(type).Patterns);

    [Fact]
    public void What_nobody_calls_does_not_count() => Assert.Empty(Of(typeof(NeverCalling)).Patterns);

    [Fact]
    public void Recursion_through_ever_more_types_ends() => Assert.Equal(["key-value"], Of(typeof(Recursive)).Patterns);

    [Fact]
    public void An_overload_with_a_handlers_name_is_no_handler() => Assert.Empty(Of(typeof(Namesake)).Patterns);

    [Fact]
    public void An_abstract_base_is_a_pattern_by_its_name_and_brings_what_it_does()
    {
        ClassTraits traits = Of(typeof(TrafficLight));

        Assert.Equal(["typed-machine", "state-machine", "key-value", "alarm"], traits.Patterns);
        Assert.Equal(["read-only-methods"], traits.Optimization);
        Assert.True(traits.HasReadOnlyMethods);
    }

    [Fact]
    public void A_base_that_is_a_class_of_its_own_is_no_pattern_but_brings_what_it_does() =>
        Assert.Equal(["alarm"], Of(typeof(MoreAlarmed)).Patterns);

    private static ClassTraits Of(Type type) => new(ClassOf(type), NoTables);

    private static ObjectClass ClassOf(Type type) => new ObjectClasses([type]).All.Single();

    [DurableObject("idle")]
    private sealed class Idle(ObjectContext context) : DurableObject(context)
    {
        public int Add(int a, int b) => a + b;
    }

    [DurableObject("querying")]
    private sealed class Querying(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Storage.Sql.Exec("DELETE FROM a");
    }

    [DurableObject("keeping")]
    private sealed class Keeping(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Storage.Put("a", 1);
    }

    [DurableObject("alarmed")]
    private class Alarmed(ObjectContext context) : DurableObject(context)
    {
        protected internal override ValueTask OnAlarm(AlarmInfo alarm) => ValueTask.CompletedTask;
    }

    [DurableObject("more-alarmed")]
    private sealed class MoreAlarmed(ObjectContext context) : Alarmed(context);

    [DurableObject("connected")]
    private sealed class Connected(ObjectContext context) : DurableObject(context)
    {
        protected internal override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening) => ValueTask.CompletedTask;
    }

    [DurableObject("fetched")]
    private sealed class Fetched(ObjectContext context) : DurableObject(context)
    {
        protected internal override ValueTask<ObjectResponse> OnFetch(ObjectRequest request) => new(ObjectResponse.Empty());
    }

    [DurableObject("returning")]
    private sealed class Returning(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Storage.RecoveryPoints.Create("before");
    }

    [DurableObject("ending")]
    private sealed class Ending(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Storage.DeleteAll();
    }

    [DurableObject("signalling")]
    private sealed class Signalling(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Context.Objects.Signal<IAsked>("one", one => one.Ask());
    }

    [DurableObject("starting")]
    private sealed class Starting(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Context.Workflows.Start("a", "b", null);
    }

    [DurableObject("broadcasting")]
    private sealed class Broadcasting(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Context.Sockets.Send("message", 1);
    }

    [DurableObject("tagging")]
    private sealed class Tagging(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Context.Sockets.List()[0].SetTags("a");
    }

    [DurableObject("sending-to-tag")]
    private sealed class SendingToTag(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Context.Sockets.SendToTag("a", "message", 1);
    }

    [DurableObject("nesting")]
    private sealed class Nesting(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Storage.Transaction(() => { });
    }

    [DurableObject("knowing")]
    private sealed class Knowing(ObjectContext context) : DurableObject(context)
    {
        public string? Who() => Context.Caller.Id;
    }

    [DurableObject("reading")]
    private sealed class Reading(ObjectContext context) : DurableObject(context)
    {
        [ReadOnlyMethod]
        public int One() => 1;
    }

    [DurableObject("answering")]
    private sealed class Answering(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Context.Sockets.SetAutoResponse("ping", "pong");
    }

    [DurableObject("attaching")]
    private sealed class Attaching(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Context.Sockets.List()[0].SetAttachment("a");
    }

    [DurableObject("waking")]
    private sealed class Waking(ObjectContext context) : DurableObject(context)
    {
        protected internal override ValueTask OnWake() => ValueTask.CompletedTask;
    }

    [DurableObject("in-async")]
    private sealed class InAsync(ObjectContext context) : DurableObject(context)
    {
        public async Task DoAsync()
        {
            await Task.Yield();
            Storage.Put("a", 1);
        }
    }

    [DurableObject("in-iterator")]
    private sealed class InIterator(ObjectContext context) : DurableObject(context)
    {
        public IEnumerable<int> All()
        {
            yield return Storage.Get("a", 0);
        }
    }

    private interface IKeeper
    {
        void Keep();
    }

    private sealed class Keeper(ObjectStorage storage) : IKeeper
    {
        public void Keep() => storage.Put("key", 1);
    }

    [DurableObject("behind-interface")]
    private sealed class BehindInterface(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Help(new Keeper(Storage));

        private static void Help(IKeeper keeper) => keeper.Keep();
    }

    [DurableObject("in-lambda")]
    private sealed class InLambda(ObjectContext context) : DurableObject(context)
    {
        public int[] Do(int[] numbers, string prefix) => [.. numbers.Select(one => Storage.Get($"{prefix}{one}", 0))];
    }

    [DurableObject("in-local-function")]
    private sealed class InLocalFunction(ObjectContext context) : DurableObject(context)
    {
        public void Do()
        {
            Put(Storage);

            static async void Put(ObjectStorage storage)
            {
                await Task.Yield();
                storage.Put("a", 1);
            }
        }
    }

    [DurableObject("in-helper")]
    private sealed class InHelper(ObjectContext context) : DurableObject(context)
    {
        public void Do() => new Shelf(Storage).Store();
    }

    [DurableObject("in-generic-helper")]
    private sealed class InGenericHelper(ObjectContext context) : DurableObject(context)
    {
        public void Do() => new Shelf<int[]>(Storage).Store([1]);
    }

    [DurableObject("in-property")]
    private sealed class InProperty(ObjectContext context) : DurableObject(context)
    {
        private int Count => Storage.Get("count", 0);

        public int Do() => Count;
    }

    [DurableObject("never-calling")]
    private sealed class NeverCalling(ObjectContext context) : DurableObject(context)
    {
        public string Do() => nameof(Shelf.Store);
    }

    [DurableObject("recursive")]
    private sealed class Recursive(ObjectContext context) : DurableObject(context)
    {
        public void Do() => Deeper(1, 3);

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Deeper<T>(T value, int left)
        {
            Storage.Put("a", value);
            if (left > 0)
            {
                Deeper<List<T>>([value], left - 1);
            }
        }
    }

    [DurableObject("namesake")]
    private sealed class Namesake(ObjectContext context) : DurableObject(context)
    {
        public int OnAlarm(int number) => number;
    }

    private abstract class StateMachineObject(ObjectContext context) : DurableObject(context)
    {
        [ReadOnlyMethod]
        public string? State() => Storage.Get<string>("state");

        protected internal override ValueTask OnAlarm(AlarmInfo alarm) => ValueTask.CompletedTask;
    }

    private abstract class TypedMachine<T>(ObjectContext context) : StateMachineObject(context)
    {
        public abstract T Value();
    }

    [DurableObject("traffic-light")]
    private sealed class TrafficLight(ObjectContext context) : TypedMachine<int>(context)
    {
        public override int Value() => 1;
    }

    private sealed class Shelf(ObjectStorage storage)
    {
        public void Store() => storage.Put("a", 1);
    }

    private sealed class Shelf<T>(ObjectStorage storage)
    {
        public void Store(T value) => storage.Put("a", value);
    }
}
