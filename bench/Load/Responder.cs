using System.Net;
using System.Net.Sockets;

namespace DurableObjects.Bench.Load;

/// <summary>
/// A server that does nothing: it takes whatever it receives at once for one request and answers 200. Against it the generator
/// shows how much it can do by itself.
/// </summary>
internal static class Responder
{
    private static readonly byte[] Answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 1\r\n\r\n1"u8.ToArray();

    public static async Task RunAsync(int port, CancellationToken cancellation)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        while (true)
        {
            Socket socket = await listener.AcceptAsync(cancellation);
            socket.NoDelay = true;
            _ = ServeAsync(socket);
        }
    }

    private static async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[16 * 1_024];
            try
            {
                while (await socket.ReceiveAsync(buffer, SocketFlags.None) > 0)
                {
                    await socket.SendAsync(Answer, SocketFlags.None);
                }
            }
            catch (SocketException)
            {
                // The generator has closed the connection.
            }
        }
    }
}
