using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

[SetUpFixture]
public sealed class WholeRun
{
    [OneTimeTearDown]
    public void Shut_the_machines_down() => Lab.Dispose();
}
