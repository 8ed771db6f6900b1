// <netinet/tcp.h>
using System.Runtime.InteropServices;

namespace QemuL2tp.Linux;

/// <summary>What the kernel knows about a connection; times in milliseconds unless said otherwise.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct tcp_info
{
    public byte tcpi_state;
    public byte tcpi_ca_state;
    public byte tcpi_retransmits;
    public byte tcpi_probes;
    public byte tcpi_backoff;
    public byte tcpi_options;
    private readonly ushort _wscale;

    /// <summary>Microseconds.</summary>
    public uint tcpi_rto;

    /// <summary>Microseconds.</summary>
    public uint tcpi_ato;
    public uint tcpi_snd_mss;
    public uint tcpi_rcv_mss;
    public uint tcpi_unacked;
    public uint tcpi_sacked;
    public uint tcpi_lost;
    public uint tcpi_retrans;
    public uint tcpi_fackets;
    public uint tcpi_last_data_sent;
    public uint tcpi_last_ack_sent;
    public uint tcpi_last_data_recv;
    public uint tcpi_last_ack_recv;
    public uint tcpi_pmtu;
    public uint tcpi_rcv_ssthresh;

    /// <summary>Microseconds.</summary>
    public uint tcpi_rtt;

    /// <summary>Microseconds.</summary>
    public uint tcpi_rttvar;
    public uint tcpi_snd_ssthresh;
    public uint tcpi_snd_cwnd;
    public uint tcpi_advmss;
    public uint tcpi_reordering;

    /// <summary>Microseconds.</summary>
    public uint tcpi_rcv_rtt;
    public uint tcpi_rcv_space;
    public uint tcpi_total_retrans;
}
