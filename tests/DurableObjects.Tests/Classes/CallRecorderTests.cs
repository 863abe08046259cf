using System.Text;
using DurableObjects.Classes;

namespace DurableObjects.Tests.Classes;

public sealed class CallRecorderTests
{
    public interface IRoom
    {
        Task<int> PostAsync(string text, int? number, CancellationToken cancellation = default);

        ValueTask<int> Value();

        int Plain(string[] names);

        void Nothing();

        Task Done();
    }

    [Fact]
    public void The_call_of_a_lambda_becomes_a_methods_name_and_an_array_of_arguments()
    {
        Assert.Equal(("post", "[\"hi\",null]"), Record(room => room.PostAsync("hi", null, new CancellationToken(true))));
        Assert.Equal(("value", "[]"), Record(room => room.Value().AsTask()));
        Assert.Equal(("plain", "[[\"a\",\"b\"]]"), Record(room => room.Plain(["a", "b"])));
        Assert.Equal(("nothing", "[]"), Record(room => room.Nothing()));
        Assert.Equal(("done", "[]"), Record(async room => await room.Done()));
    }

    [Fact]
    public void A_text_weighs_in_a_signal_what_it_weighs_elsewhere()
    {
        const string text = "<b>\"Zoë\" & 'Жук'+`</b>";
        (_, string arguments) = Record(room => room.PostAsync(text, null, CancellationToken.None));

        Assert.Equal("""["<b>\"Zoë\" & 'Жук'+`</b>",null]""", arguments);
    }

    [Fact]
    public void A_lambda_must_call_one_method_of_an_interface()
    {
        AssertRefused("several", () => Record(room =>
        {
            room.Nothing();
            room.Nothing();
        }));
        AssertRefused("must call one", () => Record(_ => { }));
        AssertRefused("interface", () => CallRecorder.Record<string>(_ => { }));
    }

    private static (string, string) Record(Action<IRoom> call)
    {
        (string method, byte[] arguments) = CallRecorder.Record(call);
        return (method, Encoding.UTF8.GetString(arguments));
    }

    private static void AssertRefused(string expected, Action record)
    {
        DurableObjectException error = Assert.Throws<DurableObjectException>(record);
        Assert.Equal(ErrorCodes.InvalidUse, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
