using System.Globalization;

namespace QemuL2tp.Performance;

/// <summary>A forwarder in a row, up and warm whenever it has its turn; one that ends under the load is started again.</summary>
internal sealed class Contestant(Row row, Forwarder forwarder, Measurement measurement) : IDisposable
{
    private readonly Row _row = forwarder.RowOf(row);
    private const int MostFailures = 5;
    private Lane? _lane;

    public Forwarder Forwarder => forwarder;

    /// <summary>How often it ended, or did not start.</summary>
    public int Failures { get; private set; }

    /// <summary>Which features the row needs and the forwarder does not offer, in words; null when it offers all, or was not asked yet.</summary>
    public string? NotOffered { get; private set; }

    /// <summary>Megabytes of its resident set now; null when it is not up.</summary>
    public double? Resident => _lane is null ? null : Array.Find(
        File.ReadAllLines($"/proc/{_lane.Process.Id}/status"), line => line.StartsWith("VmRSS:", StringComparison.Ordinal)) is { } line
        ? double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024
        : null;

    /// <summary>Takes a sample; null when it has failed too often to be asked again, or cannot do what the row needs.</summary>
    public Sample? Take()
    {
        while (Failures < MostFailures && NotOffered is null)
        {
            try
            {
                WarmUp();
                return measurement.Take(_lane!);
            }
            catch (NotOfferedException exception)
            {
                NotOffered = exception.Message;
            }
            catch (InvalidOperationException exception)
            {
                Failures++;
                Console.Error.WriteLine(exception.Message.Trim());
                Dispose();
            }
        }

        return null;
    }

    public void Dispose()
    {
        _lane?.Dispose();
        _lane = null;
    }

    private void WarmUp()
    {
        if (_lane is null)
        {
            _lane = new Lane(_row, forwarder);
            Measurement.WarmUp(_lane);
        }
    }
}
