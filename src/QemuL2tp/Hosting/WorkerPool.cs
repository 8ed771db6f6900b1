using QemuL2tp.EventLoop;
using QemuL2tp.Forwarding;

namespace QemuL2tp.Hosting;

/// <summary>The workers that pseudowires share, as many as there are processors at most: each pseudowire is served by one of them.</summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly List<Worker> _workers = [];
    private int _started;
    private bool _isRunning;

    /// <summary>Starts those that are there, the first one also before there is a link for it; from now on a new one starts at once.</summary>
    public void Start()
    {
        _isRunning = true;
        if (_workers.Count == 0)
            _workers.Add(new Worker());
        foreach (Worker worker in _workers)
            Start(worker);
    }

    /// <summary>Gives a link to the worker that has the fewest.</summary>
    /// <param name="link">The link.</param>
    /// <param name="required">The worker that serves the link's tunnel already, which is to serve this one too; null: there is none.</param>
    public Worker Add(PseudowireLink link, Worker? required = null)
    {
        if (required is not null)
        {
            required.Add(link);
            return required;
        }

        Worker? worker = _workers.MinBy(candidate => candidate.Load);
        if (worker is null || (worker.Load > 0 && _workers.Count < Environment.ProcessorCount))
        {
            worker = NewWorker(link);
            _workers.Add(worker);
            if (_isRunning)
                Start(worker);
        }
        else
        {
            worker.Add(link);
        }

        return worker;
    }

    /// <summary>Ends the threads; the numbers of the links can still be read.</summary>
    public void Stop()
    {
        foreach (Worker worker in _workers)
            worker.Stop();
    }

    public void Dispose()
    {
        foreach (Worker worker in _workers)
            worker.Dispose();
        _workers.Clear();
    }

    private static Worker NewWorker(PseudowireLink link)
    {
        var worker = new Worker();
        try
        {
            worker.Add(link);
            return worker;
        }
        catch
        {
            worker.Dispose();
            throw;
        }
    }

    private void Start(Worker worker) => worker.Start($"l2tp {++_started}");
}
