using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>The table that parser, help and documentation share.</summary>
public sealed class L2tpv3OptionTableTests
{
    [Test]
    public void The_table_has_QEMUs_options_in_QEMUs_order_and_then_ours()
    {
        Assert.That(
            string.Join(' ', L2tpv3OptionTable.Rows.Select(row => row.Name)),
            Is.EqualTo("id type src dst srcport dstport ipv6 udp cookie64 counter pincounter txcookie rxcookie txsession rxsession offset x-strict-source "
                + "x-reorder-window x-reorder-hold x-reorder-late x-restart-run x-seq x-seq-file x-txcookie-size x-rxcookie-size x-rxcookie2 x-gso x-gro x-wait x-resolve"));
    }

    [Test]
    public void Each_row_has_help_in_one_line_without_a_full_stop()
    {
        foreach (L2tpv3OptionInfo row in L2tpv3OptionTable.Rows)
            Assert.That(row.Help, Does.Match(@"^[^\n]{10,100}(?<!\.)$"), row.Name);
    }

    [Test]
    public void What_has_no_default_must_be_given()
    {
        Assert.That(
            L2tpv3OptionTable.Rows.Where(row => row.IsRequired).Select(row => row.Name),
            Is.EqualTo(new[] { "id", "type", "src", "dst", "txsession" }));
    }
}
