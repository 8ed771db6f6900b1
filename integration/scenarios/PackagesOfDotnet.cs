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
        // Packages come from the directory alone and are kept in the run's own.
        File.WriteAllText(Path.Combine(Work, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Work}/cache" /></config>
              <packageSources><clear /><add key="local" value="{Settings.Packages}" /></packageSources>
            </configuration>
            """);
    }

    [Test]
    public void The_tool_is_installed_and_runs() =>
        Assert.That(Shell("dotnet tool install qemu-l2tp --tool-path tools >&2; tools/qemu-l2tp --version"), Does.StartWith("qemu-l2tp "));

    [Test]
    public void A_new_project_compiles_against_the_library_and_runs()
    {
        string project = Path.Combine(Work, "harness");
        Directory.CreateDirectory(project);
        File.WriteAllText(Path.Combine(project, "harness.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="QemuL2tp" Version="*" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(project, "Program.cs"), """
            using QemuL2tp.Options;

            [assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

            System.Console.WriteLine(NetdevParser.Parse("l2tpv3,id=net0,src=127.0.0.1,dst=127.0.0.2,txsession=1", []).Id);
            """);
        Assert.That(Shell("dotnet run --project harness"), Is.EqualTo("net0\n"));
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

    private static string Shell(string text) => Child.Shell($"cd {Work}; {text}", patience: 300);
}
