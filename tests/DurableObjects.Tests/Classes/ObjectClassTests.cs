namespace DurableObjects.Tests.Classes;

/// <summary>What can be an object class.</summary>
public sealed class ObjectClassTests
{
    private interface IShared
    {
        Task Do();
    }

    [Theory]
    [InlineData(typeof(Nameless), "no [DurableObject")]
    [InlineData(typeof(BadlyNamed), "'Bad_Name'")]
    [InlineData(typeof(TooLong), "64 characters")]
    [InlineData(typeof(Abstract), "abstract")]
    [InlineData(typeof(Overloaded), "two methods 'do'")]
    [InlineData(typeof(SameWithoutAsync), "two methods 'do'")]
    [InlineData(typeof(Generic), "generic")]
    [InlineData(typeof(ByReference), "ref parameters")]
    [InlineData(typeof(Unawaitable), "async void")]
    [InlineData(typeof(NamedLikeARoute), "'negotiate', which is the name of a route")]
    public void A_class_that_callers_could_not_use_is_refused_when_it_is_registered(Type type, string expected)
    {
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => new ObjectClasses([type]));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_classes_of_one_name_are_refused() => Assert.Contains(
        "'first'", Assert.Throws<ArgumentException>(() => new ObjectClasses([typeof(First), typeof(AlsoFirst)])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Classes_are_found_by_name_and_by_interface_if_one_alone_has_it()
    {
        ObjectClasses classes = new([typeof(First), typeof(Second), typeof(First)]);
        Assert.Equal(["first", "second"], classes.All.Select(one => one.Name));
        Assert.Equal(typeof(First), classes.Get("first").Type);
        Assert.Equal(404, Assert.Throws<DurableObjectException>(() => classes.Get("third")).Status);
        Assert.Contains("several", Assert.Throws<DurableObjectException>(() => classes.ForInterface(typeof(IShared))).Message,
            StringComparison.Ordinal);
        Assert.Equal("second", classes.ForInterface(typeof(IDisposable)).Name);
        Assert.Throws<DurableObjectException>(() => classes.ForInterface(typeof(IFormattable)));
        Assert.True(classes.TryGet("second", out _));
        Assert.False(classes.TryGet("Second", out _));
    }

    [Fact]
    public void Methods_are_named_in_camel_case_without_Async_and_inherited_ones_count() => Assert.Equal(
        ["base", "do"], new ObjectClasses([typeof(First)]).Get("first").Methods.Select(method => method.Name).Order(
            StringComparer.Ordinal));

    [Fact]
    public void Classes_of_an_assembly_are_those_with_the_attribute() => Assert.Throws<ArgumentException>(
        () => ObjectClasses.InAssemblies(typeof(ObjectClassTests).Assembly));

    private abstract class Base(ObjectContext context) : DurableObject(context)
    {
        public void BaseAsync()
        {
        }
    }

    private sealed class Nameless(ObjectContext context) : DurableObject(context);

    [DurableObject("Bad_Name")]
    private sealed class BadlyNamed(ObjectContext context) : DurableObject(context);

    [DurableObject("a-name-of-sixty-five-characters-which-is-one-more-than-there-may-b")]
    private sealed class TooLong(ObjectContext context) : DurableObject(context);

    [DurableObject("abstract")]
    private abstract class Abstract(ObjectContext context) : DurableObject(context);

    [DurableObject("overloaded")]
    private sealed class Overloaded(ObjectContext context) : DurableObject(context)
    {
        public void Do()
        {
        }

        public void Do(int number) => _ = number;
    }

    [DurableObject("same")]
    private sealed class SameWithoutAsync(ObjectContext context) : DurableObject(context)
    {
        public void Do()
        {
        }

        public Task DoAsync() => Task.CompletedTask;
    }

    [DurableObject("generic")]
    private sealed class Generic(ObjectContext context) : DurableObject(context)
    {
        public void Do<T>() => _ = typeof(T);
    }

    [DurableObject("reference")]
    private sealed class ByReference(ObjectContext context) : DurableObject(context)
    {
        public void Do(out int number) => number = 0;
    }

    [DurableObject("unawaitable")]
    private sealed class Unawaitable(ObjectContext context) : DurableObject(context)
    {
        public async void Do() => await Task.Yield();
    }

    [DurableObject("route")]
    private sealed class NamedLikeARoute(ObjectContext context) : DurableObject(context)
    {
        public void Negotiate()
        {
        }
    }

    [DurableObject("first")]
    private sealed class First(ObjectContext context) : Base(context), IShared
    {
        public Task Do() => Task.CompletedTask;
    }

    [DurableObject("first")]
    private sealed class AlsoFirst(ObjectContext context) : DurableObject(context);

    [DurableObject("second")]
    private sealed class Second(ObjectContext context) : DurableObject(context), IShared, IDisposable
    {
        public Task Do() => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
