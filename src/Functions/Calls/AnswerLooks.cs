using System.Collections.Concurrent;
using DurableObjects.Functions.Objects;

namespace DurableObjects.Functions.Calls;

/// <summary>
/// The looks of this worker's callers at objects' states. Callers of one object look together: one look at a time, and what it shows is for
/// all of them. A hundred who call at once cost hardly more looks than one, and no answer has left the state before its caller's turn
/// to look has come.
/// </summary>
public sealed class AnswerLooks
{
    private readonly ConcurrentDictionary<ObjectId, Board> _boards = new();

    /// <summary>Begins to wait for an answer; disposing of it ends that.</summary>
    internal AwaitedAnswer Await(ObjectId id, string call)
    {
        while (true)
        {
            Board board = _boards.GetOrAdd(id, static _ => new Board());
            if (board.TryAdd(call) is { } answer)
            {
                return new AwaitedAnswer(this, id, board, call, answer);
            }
            // Its last caller has just left.
            _boards.TryRemove(KeyValuePair.Create(id, board));
        }
    }

    private void Leave(ObjectId id, Board board, string call)
    {
        if (board.Remove(call))
        {
            _boards.TryRemove(KeyValuePair.Create(id, board));
        }
    }

    /// <summary>One caller's wait.</summary>
    internal sealed class AwaitedAnswer(AnswerLooks looks, ObjectId id, Board board, string call, Task<AnswerMark> answer) : IDisposable
    {
        /// <summary>The answer, as soon as any look has shown it.</summary>
        public Task<AnswerMark> Answer { get; } = answer;

        /// <summary>Looks, or joins the look that is under way.</summary>
        /// <param name="read">Reads the state; for all who have joined.</param>
        public Task<ObjectState?> LookAsync(Func<Task<ObjectState?>> read) => board.LookAsync(read);

        public void Dispose() => looks.Leave(id, board, call);
    }

    /// <summary>The callers of one object.</summary>
    internal sealed class Board
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, TaskCompletionSource<AnswerMark>> _waiting = new(StringComparer.Ordinal);
        private Task<ObjectState?>? _look;
        private bool _isOver;

        public Task<AnswerMark>? TryAdd(string call)
        {
            lock (_lock)
            {
                if (_isOver)
                {
                    return null;
                }
                TaskCompletionSource<AnswerMark> waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add(call, waiting);
                return waiting.Task;
            }
        }

        /// <summary>Whether that was the last.</summary>
        public bool Remove(string call)
        {
            lock (_lock)
            {
                _waiting.Remove(call);
                return _isOver = _waiting.Count == 0;
            }
        }

        public Task<ObjectState?> LookAsync(Func<Task<ObjectState?>> read)
        {
            lock (_lock)
            {
                return _look is { IsCompleted: false } under ? under : _look = ShowAsync(read);
            }
        }

        private async Task<ObjectState?> ShowAsync(Func<Task<ObjectState?>> read)
        {
            await Task.Yield();
            ObjectState? state = await read();
            lock (_lock)
            {
                foreach (AnswerMark answer in state?.Answers ?? [])
                {
                    if (_waiting.TryGetValue(answer.Id, out TaskCompletionSource<AnswerMark>? waiting))
                    {
                        waiting.TrySetResult(answer);
                    }
                }
            }
            return state;
        }
    }
}
