using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>What <c>dotnet pack</c> and <c>qemu-scripts/publish</c> make, in the hands of those who get it.</summary>
[TestFixture]
public sealed class PackagesOfDotnet
{
    private static string Work => Path.Combine(Settings.RunDirectory, "dotnet");

    [OneTimeSetUp]
    public void Prepare()
    {
        Lab.NeedsQemuL2tp();
        Directory.CreateDirectory(Work);
        // Ours come from the directory alone and are kept in the run's own; NUnit is there from the build of the unit tests.
        File.WriteAllText(Path.Combine(Work, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Work}/cache" /></config>
              <fallbackPackageFolders><add key="built" value="{Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)}/.nuget/packages" /></fallbackPackageFolders>
              <packageSources><clear /><add key="local" value="{Settings.Packages}" /></packageSources>
            </configuration>
            """);
    }

    [Test]
    public void The_tool_is_installed_and_runs() =>
        Assert.That(Shell("dotnet tool install qemu-l2tp --tool-path tools >&2; tools/qemu-l2tp --version"), Does.StartWith("qemu-l2tp "));

    [Test]
    public void The_example_of_a_harness_runs_on_the_library()
    {
        Shell($"cp -r {Settings.Sources}/tests/QemuL2tp.Example example");
        Assert.That(Shell("dotnet test example --nologo 2>&1"), Does.Contain("Failed:     0, Passed:     2"));
    }

    [Test]
    public void A_fresh_program_has_no_warnings()
    {
        Shell("dotnet new console -o fresh --no-restore >&2; cd fresh; sed -i 's|</Project>|<ItemGroup><PackageReference Include=\"QemuL2tp\" Version=\"*\" /></ItemGroup></Project>|' fresh.csproj");
        File.WriteAllText(Path.Combine(Work, "fresh", "Program.cs"), """
            await using var link = await QemuL2tp.Hosting.Pseudowire.StartAsync("l2tpv3,id=net0,src=127.0.0.1,dst=127.0.0.1,udp=on,srcport=0,dstport=9,txsession=1", "stream,server=on,addr.type=unix,addr.path=fresh.sock");
            Console.WriteLine(link.QemuArguments);
            """);
        string built = Shell("dotnet build fresh --nologo 2>&1");
        Assert.That(built, Does.Contain("0 Warning(s)"), built);
        Assert.That(Shell("cd fresh; bin/Debug/net10.0/fresh"), Does.Contain("-netdev stream,id=net0"));
    }

    [Test]
    public void The_single_file_for_arm64_is_one()
    {
        if (!File.Exists(Settings.SingleFileArm64))
            Assert.Ignore($"not made: {Settings.SingleFileArm64}");
        using FileStream file = File.OpenRead(Settings.SingleFileArm64);
        byte[] header = new byte[20];
        file.ReadExactly(header);
        // ELF, and e_machine EM_AARCH64.
        Assert.That(header[..4], Is.EqualTo("\u007fELF"u8.ToArray()));
        Assert.That(header[18], Is.EqualTo(183));
    }

    private static string Shell(string text) => Child.Shell($"cd {Work}; {text}", minutes: 20);
}
