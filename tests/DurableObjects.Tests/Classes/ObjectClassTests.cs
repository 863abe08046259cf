namespace DurableObjects.Tests.Classes;

/// <summary>Which classes can be registered.</summary>
public sealed class ObjectClassTests
{
    [Theory]
    [InlineData(typeof(WithoutName), "has no [DurableObject")]
    [InlineData(typeof(BadName), "'Chat_Room' is no name")]
    [InlineData(typeof(TwoOfOneName), "two methods 'post'")]
    [InlineData(typeof(GenericMethod), "generic")]
    [InlineData(typeof(NamedLikeARoute), "'negotiate', which is the name of a route")]
    [InlineData(typeof(AbstractClass), "abstract")]
    public void A_class_that_callers_could_not_use_is_refused_with_its_reason(Type type, string reason)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new ObjectClasses([type]));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(type.Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_classes_of_one_name_are_refused()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new ObjectClasses([typeof(One), typeof(Other)]));
        Assert.Contains("both named 'same'", error.Message, StringComparison.Ordinal);
    }

    private sealed class WithoutName(ObjectContext context) : DurableObject(context);

    [DurableObject("Chat_Room")]
    private sealed class BadName(ObjectContext context) : DurableObject(context);

    [DurableObject("two")]
    private sealed class TwoOfOneName(ObjectContext context) : DurableObject(context)
    {
        public void Post(string text) => Storage.Put("text", text);

        public void PostAsync(int number) => Storage.Put("number", number);
    }

    [DurableObject("generic")]
    private sealed class GenericMethod(ObjectContext context) : DurableObject(context)
    {
        public void Post<T>(T value) => Storage.Put("value", value);
    }

    [DurableObject("route")]
    private sealed class NamedLikeARoute(ObjectContext context) : DurableObject(context)
    {
        public void Negotiate() => Storage.DeleteAll();
    }

    [DurableObject("abstract")]
    private abstract class AbstractClass(ObjectContext context) : DurableObject(context);

    [DurableObject("same")]
    private sealed class One(ObjectContext context) : DurableObject(context);

    [DurableObject("same")]
    private sealed class Other(ObjectContext context) : DurableObject(context);
}
