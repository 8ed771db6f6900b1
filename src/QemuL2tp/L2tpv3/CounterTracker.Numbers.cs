namespace QemuL2tp.L2tpv3;

/// <summary>What follows from the distance of a number, and when a peer has begun anew.</summary>
internal sealed partial class CounterTracker
{
    private Arrival PlaceNumber(in Packet packet, CounterMode format, uint number, bool isSilent)
    {
        if (format != _followed)
            return Follow(packet, format, number);

        Enter(format);
        int distance = _history.DistanceOf(number);
        if (format == CounterMode.Plain && Math.Abs((long)distance) > CounterClassifier.NearDistance)
            return Restart(packet, format, packet.Word);
        if (distance > 0)
            return PlaceAhead(packet, number, distance);
        if (distance < 0)
        {
            bool isFirst = format == CounterMode.Plain ? packet.Word == FirstPlainNumber : number == 0;
            return isSilent && isFirst ? Restart(packet, format, number) : PlaceBehind(packet, number, distance);
        }

        Statistics.InOrder++;
        _history.AdvanceByOne(packet.Fingerprint);
        _strayRun = 0;
        return Arrival.Deliver;
    }

    private Arrival PlaceAhead(in Packet packet, uint number, int distance)
    {
        _strayRun = 0;
        if (_holds)
        {
            distance = Slide(number, distance);
            if (distance > 0 && distance <= _windowSize)
                return Hold(packet, number, distance);
        }

        LetGoAll();
        if (distance > (_window is null ? CounterClassifier.NearDistance : _windowSize))
            Statistics.Jumps++;
        if (distance > CounterClassifier.NearDistance)
            StartHistory(number, packet.Fingerprint);
        else
            Skip(number, packet.Fingerprint);
        Statistics.InOrder++;
        return Arrival.Deliver;
    }

    private Arrival PlaceBehind(in Packet packet, uint number, int distance)
    {
        if (distance < -NumberHistory.Depth)
            return PlaceStray(packet, number);

        bool isNear = distance >= -_nearness;
        if (_history.TryMark(number, packet.Fingerprint))
            return _history.Knows(distance) ? PlaceLate(isNear) : PlaceFromBeforeTheFirst(packet, number, isNear);

        if (!_history.CameWith(number, packet.Fingerprint))
        {
            _history.Replace(number, packet.Fingerprint);
            return PlaceStray(packet, number);
        }

        // Without the frames to compare, copies far behind may be the first numbers of a new life.
        if (_window is null)
        {
            if (isNear)
                _strayRun = 0;
            else if (IsRestart(packet, number))
                return Restart(packet, _followed, number);
        }

        Statistics.Duplicate++;
        return Arrival.Duplicate;
    }

    private Arrival PlaceLate(bool isNear)
    {
        _strayRun = 0;
        Statistics.Lost--;
        if (_dropsLate && isNear)
        {
            Statistics.LateDropped++;
            return Arrival.Late;
        }

        Statistics.Late++;
        return Arrival.Deliver;
    }

    private Arrival PlaceFromBeforeTheFirst(in Packet packet, uint number, bool isNear)
    {
        if (!isNear)
            return PlaceStray(packet, number);
        Statistics.Unplaced++;
        return Arrival.Deliver;
    }

    private Arrival PlaceStray(in Packet packet, uint number)
    {
        if (IsRestart(packet, number))
            return Restart(packet, _followed, number);
        Statistics.Unplaced++;
        return Arrival.Deliver;
    }

    /// <summary>Whether enough stray numbers came in sequence.</summary>
    private bool IsRestart(in Packet packet, uint number)
    {
        if (_strayRun > 0 && number != _history.After(_lastStray, 1))
            _strayRun = 0;
        _strays[_strayRun++] = packet.Fingerprint;
        _lastStray = number;
        return _strayRun == _strays.Length;
    }

    private Arrival Restart(in Packet packet, CounterMode format, uint number)
    {
        Statistics.Restarted++;
        return Follow(packet, format, number);
    }

    /// <summary>Starts to follow numbers of a format.</summary>
    private Arrival Follow(in Packet packet, CounterMode format, uint number)
    {
        LetGoAll();
        Enter(format);
        _followed = format;
        Statistics.InOrder++;

        // It takes two words to recognise a plain counter; the one before was its first number then.
        bool hasFirst = format == CounterMode.Plain && _wasUnplaced && _classifier.IsStep(packet.Word);
        if (format == CounterMode.Plain)
        {
            number = packet.Word;
            _classifier.StartPlain();
        }

        if (hasFirst)
        {
            Statistics.Unplaced--;
            Statistics.InOrder++;
            StartHistory(_classifier.Previous, _previousFingerprint);
            Skip(number, packet.Fingerprint);
        }
        else if (_strayRun == _strays.Length)
        {
            // All of the run arrived: copies of the first ones are copies.
            StartHistory(_history.After(number, 1 - _strayRun), _strays[0]);
            for (int i = 1; i < _strayRun; i++)
                _history.AdvanceByOne(_strays[i]);
        }
        else
        {
            StartHistory(number, packet.Fingerprint);
        }

        _strayRun = 0;
        return Arrival.Deliver;
    }

    private void StartHistory(uint number, uint fingerprint) =>
        _history.Start(number, _followed == CounterMode.Plain ? 32 : 24, fingerprint);

    /// <summary>Makes a number ahead the newest; those before it are lost for now.</summary>
    private void Skip(uint number, uint fingerprint)
    {
        Statistics.Lost += _history.DistanceOf(number);
        _history.Advance(number, fingerprint);
    }
}
