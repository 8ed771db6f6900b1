namespace QemuL2tp.Cli;

/// <summary>
/// A bounded queue in front of a descriptor whose reader may stop reading, emptied by a thread of its own: whoever writes never
/// waits. What does not fit is counted, and said in its place when there is room again.
/// </summary>
/// <param name="name">Of the thread.</param>
/// <param name="descriptor">What to write to; not owned. Not by the class library's console, whose two streams wait for one another.</param>
/// <param name="maxWaiting">Characters that may wait. A text that finds nobody waiting may be longer.</param>
/// <param name="failed">Told, on the writing thread, of an error that cost the rest of a text.</param>
internal sealed class BackgroundWriter(string name, int descriptor, int maxWaiting, Action<int>? failed = null)
{
    /// <summary>A descriptor that takes nothing for so long has no reader, as far as <see cref="Flush"/> is concerned.</summary>
    private const int PatienceMilliseconds = 1000;

    /// <summary>Also a reader that does read is not waited for any longer.</summary>
    private const int MaxFlushMilliseconds = 10_000;

    private readonly object _lock = new();
    private readonly Queue<string> _texts = new();
    private Thread? _thread;
    private int _waiting;
    private long _written;
    private long _lost;
    private bool _hasNoReader;

    /// <summary>Queues a text to be written as one piece. On any thread.</summary>
    public void Write(string text)
    {
        lock (_lock)
        {
            if (_waiting > 0 && (long)_waiting + text.Length > maxWaiting)
            {
                _lost++;
                return;
            }

            TellLost();
            Add(text);
        }
    }

    /// <summary>Waits until everything so far is written, unless nobody reads it.</summary>
    /// <returns>False when something is left. It is still written if somebody reads in time.</returns>
    public bool Flush()
    {
        lock (_lock)
        {
            if (_hasNoReader && !DescriptorOutput.TakesMore(descriptor))
                return false;
            long until = Environment.TickCount64 + MaxFlushMilliseconds;
            while (_texts.Count > 0)
            {
                long before = _written;
                int left = (int)(until - Environment.TickCount64);
                if (left > 0 && (Monitor.Wait(_lock, Math.Min(PatienceMilliseconds, left)) || _written != before || DescriptorOutput.TakesMore(descriptor)))
                    continue;
                _hasNoReader = true;
                return false;
            }

            return true;
        }
    }

    private void Add(string text)
    {
        _texts.Enqueue(text);
        _waiting += text.Length;
        Monitor.PulseAll(_lock);
        if (_thread is not null)
            return;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    private void TellLost()
    {
        if (_lost == 0)
            return;
        string lost = _lost == 1 ? "a message was" : $"{_lost} messages were";
        _lost = 0;
        Add($"qemu-l2tp: warning: {lost} left out here, because nobody read those before\n");
    }

    private void Run()
    {
        for (; ; )
        {
            string text;
            lock (_lock)
            {
                while (_texts.Count == 0)
                    _ = Monitor.Wait(_lock);
                text = _texts.Peek();
            }

            if (DescriptorOutput.Write(descriptor, text) is not 0 and var error)
                failed?.Invoke(error);
            lock (_lock)
            {
                _ = _texts.Dequeue();
                _waiting -= text.Length;
                _written++;
                _hasNoReader = false;
                if (_texts.Count == 0)
                    TellLost();
                Monitor.PulseAll(_lock);
            }
        }
    }
}
