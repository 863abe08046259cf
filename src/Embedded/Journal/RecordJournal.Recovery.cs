namespace DurableObjects.Embedded.Journal;

// How the journal comes to write again after an error of the disk.
internal sealed partial class RecordJournal
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    // Begins anew only once a batch was written: a disk that takes a file and no records must not be tried ten times a second.
    private TimeSpan _retry = FirstRetry;

    /// <summary>The end up to which the file before the next one is known to be exact on the disk.</summary>
    private long _cutAt = -1;

    /// <summary>Tries to write again, at growing intervals; false if the journal closes before that.</summary>
    private bool Recover()
    {
        while (true)
        {
            bool isClosing = WaitToRetry();
            try
            {
                bool isNewFile = CutOffFailed();
                lock (_queueGate)
                {
                    // Counted as nothing fails any more: all that failed has been told of it by now.
                    Volatile.Write(ref _recoveries, _recoveries + 1);
                    Volatile.Write(ref _fault, null);
                }
                LogRecovered(Active.File.Path, _end);
                if (isNewFile)
                {
                    TellRolled(Active);
                }
                TellRecovered();
                return true;
            }
            catch (Exception cause)
            {
                if (isClosing)
                {
                    LogStillFaulted(cause, Timeout.InfiniteTimeSpan);
                    return false;
                }
                LogStillFaulted(cause, _retry);
            }
        }
    }

    /// <summary>Waits for the next attempt. A journal that closes makes a last one at once; whether it does.</summary>
    private bool WaitToRetry()
    {
        TimeSpan wait = _retry;
        _retry = wait * 2 < LongestRetry ? wait * 2 : LongestRetry;
        bool isDue = false;
        using ITimer timer = _clock.CreateTimer(
            _ =>
            {
                lock (_queueGate)
                {
                    isDue = true;
                    Monitor.PulseAll(_queueGate);
                }
            },
            null, wait, Timeout.InfiniteTimeSpan);
        lock (_queueGate)
        {
            while (!isDue && !_closing)
            {
                Monitor.Wait(_queueGate);
            }
            return _closing;
        }
    }

    /// <summary>
    /// Makes the journal end with its last acknowledged batch, on the disk itself, and begins a new file behind it; false if the
    /// file that is there was empty and is used on. After a failed flush the system may hold pages that it takes for written and that
    /// are not, so flushing once more would prove nothing: whatever is to be durable is done anew here, each time.
    /// </summary>
    private bool CutOffFailed()
    {
        bool isNewFile = Active.Start < _end || _segments.Length > 1;
        string name = JournalSegment.NameOf(_end);
        if (isNewFile)
        {
            if (Active.Start == _end)
            {
                JournalSegment empty = Active;
                lock (_segmentsGate)
                {
                    Volatile.Write(ref _segments, _segments[..^1]);
                }
                empty.Dispose();
                // It was not begun before that.
                _cutAt = _end;
            }
            if (_folder.List().Contains(name))
            {
                _folder.Delete(name);
            }
            // The file before it is about to be longer for a moment, which it must not be with another behind it.
            _folder.Flush();
        }
        if (_cutAt != _end || !isNewFile)
        {
            long length = _end - Active.Start;
            // Longer first: cutting a file to the length that it seems to have changes nothing, and then nothing would be flushed.
            Active.File.SetLength(length + BatchHeader.Alignment);
            Active.File.SetLength(length);
            Flush();
            _cutAt = _end;
        }
        if (isNewFile)
        {
            JournalSegment segment = new(_end, _folder.Create(name));
            lock (_segmentsGate)
            {
                Volatile.Write(ref _segments, [.. _segments, segment]);
            }
        }
        // They show that there is room; a disk that is full takes an empty file as well.
        WriteZeros(_end);
        Flush();
        _folder.Flush();
        return isNewFile;
    }

    private void TellRecovered()
    {
        try
        {
            Recovered?.Invoke();
        }
        catch (Exception error)
        {
            LogCallbackFailed(error, nameof(Recovered));
        }
    }
}
