using QemuL2tp.Performance;

namespace QemuL2tp.Tests.Performance;

internal sealed class ColumnNameTests
{
    [TestCase("/old/qemu-l2tp-before", ExpectedResult = "qemu-l2tp-before")]
    [TestCase("/old/qemu-l2tp", ExpectedResult = "/old/qemu-l2tp")]
    [TestCase("/old/QEMU", ExpectedResult = "/old/QEMU")]
    public string A_program_that_is_called_like_another_has_its_path_for_a_name(string path) => ColumnName.Of(path, "qemu-l2tp", "QEMU", "C plain");

    [Test]
    public void A_path_below_here_becomes_whole() =>
        Assert.That(ColumnName.Of("qemu-l2tp", "qemu-l2tp"), Is.EqualTo(Path.GetFullPath("qemu-l2tp")).And.Not.EqualTo("qemu-l2tp"));
}
