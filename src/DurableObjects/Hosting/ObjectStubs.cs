namespace DurableObjects.Hosting;

/// <summary>
/// Typed access to objects from the outside: <c>await objects.Get&lt;IChatRoom&gt;("lobby").Post("hi")</c>. Inside an object use
/// <see cref="ObjectContext.Objects"/> instead, since objects do not wait for each other.
/// </summary>
/// <param name="host">The host that has the objects.</param>
public sealed class ObjectStubs(IObjectHost host)
{
    private readonly StubCallers _callers = new();

    /// <summary>
    /// The object with a name, of the class that implements an interface. Each method must return a task; it awaits the answer
    /// and throws what the object threw.
    /// </summary>
    /// <exception cref="DurableObjectException">No class, or more than one, implements the interface.</exception>
    public TObject Get<TObject>(string name, Caller? caller = null)
        where TObject : class =>
        Get<TObject>(ObjectAddress.OfName(host.Classes.ForInterface(typeof(TObject)).Name, name), caller);

    /// <summary>The object at an address.</summary>
    public TObject Get<TObject>(ObjectAddress address, Caller? caller = null)
        where TObject : class =>
        StubProxy.Create<TObject>(
            (receiver, turn) => host.RunAsync(receiver, turn, CancellationToken.None), address, caller ?? Caller.Anonymous, _callers);

    /// <summary>A new object with a unique id, which exists from its first commit.</summary>
    public ObjectAddress NewAddress<TObject>()
        where TObject : class
    {
        string className = host.Classes.ForInterface(typeof(TObject)).Name;
        return new ObjectAddress(className, ObjectId.Unique(className), null);
    }
}
