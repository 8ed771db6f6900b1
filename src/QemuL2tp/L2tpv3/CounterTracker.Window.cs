namespace QemuL2tp.L2tpv3;

/// <summary>What is held, and when it goes. None of this is reached without a window.</summary>
internal sealed partial class CounterTracker
{
    /// <summary>Lets go what is held next to the newest number; to be called when the packet that brought it is delivered.</summary>
    public void LetGoNext()
    {
        if (_window!.IsEmpty || _history.DistanceOf(_window.First.Number) != 0)
            return;
        LetGoRun();
        ExpectNext();
    }

    /// <summary>Lets go what was held as long as may be, and what is before it.</summary>
    public void Expire(long now)
    {
        if (now < _window!.Due)
            return;
        while (now >= _window.Due)
            LetGoRun();
        ExpectNext();
    }

    /// <summary>
    /// Moves the window so that a number fits in, but no further: behind a gap that is given up, order is still waited for.
    /// </summary>
    private int Slide(uint number, int distance)
    {
        while (distance > _windowSize && !_window!.IsEmpty)
        {
            LetGoRun();
            distance = _history.DistanceOf(number);
        }

        return distance;
    }

    private Arrival Hold(in Packet packet, uint number, int distance)
    {
        if (_window!.Contains(number, out uint fingerprint))
        {
            if (fingerprint != packet.Fingerprint)
            {
                Statistics.Unplaced++;
                return Arrival.Deliver;
            }

            Statistics.Duplicate++;
            return Arrival.Duplicate;
        }

        while (!_window.HasRoomFor(packet.Length))
        {
            // The oldest goes at once: what is held, up to the next gap, or the packet itself.
            bool isOldest = _history.DistanceOf(_window.First.Number) > distance;
            if (!isOldest)
            {
                LetGoRun();
                distance = _history.DistanceOf(number);
                isOldest = distance == 0;
            }

            if (isOldest)
            {
                Skip(number, packet.Fingerprint);
                Statistics.InOrder++;
                return Arrival.Deliver;
            }
        }

        _window.Hold(packet, number, _history);
        return Arrival.Hold;
    }

    private void LetGoAll()
    {
        while (_window is { IsEmpty: false })
            LetGoRun();
    }

    /// <summary>Gives up the numbers before the first one held, and lets it go with those next to it.</summary>
    private void LetGoRun()
    {
        Statistics.Lost += _history.DistanceOf(_window!.First.Number);
        do
        {
            _history.Advance(_window.First.Number, _window.First.Fingerprint);
            _window.LetGoFirst();
            Statistics.Reordered++;
        }
        while (!_window.IsEmpty && _history.DistanceOf(_window.First.Number) == 0);
    }
}
