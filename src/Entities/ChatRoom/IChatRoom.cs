namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>chat-room</c>.</summary>
public interface IChatRoom
{
    /// <summary>Stores a message and sends it to every socket of the room, with the target <c>message</c>.</summary>
    /// <param name="author">1 to <see cref="ChatRoom.AuthorCharacters"/> characters, not all blank.</param>
    /// <param name="text">1 to <see cref="ChatRoom.TextCharacters"/> characters, not all blank.</param>
    /// <returns>The message as stored.</returns>
    /// <exception cref="DurableObjectException">An argument is outside its limits (400).</exception>
    Task<ChatMessage> Post(string author, string text);

    /// <summary>The newest messages, oldest of them first. Read-only.</summary>
    /// <param name="limit">How many at most: 1 to <see cref="ChatRoom.HistoryMessages"/>.</param>
    /// <param name="before">Only messages with a smaller id: give the first id of a page to get the page before it.</param>
    /// <exception cref="DurableObjectException">The limit is outside its limits (400).</exception>
    Task<IReadOnlyList<ChatMessage>> History(int limit = ChatRoom.HistoryOnConnect, long? before = null);
}
