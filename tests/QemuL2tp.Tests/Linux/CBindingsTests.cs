using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Linux;

public class CBindingsTests
{
    [Test]
    public void The_systems_C_compiler_agrees_with_every_struct_constant_and_function() =>
        Assert.That(Compile(CBindings.Program()), Is.Empty);

    [Test]
    public void The_kernels_own_headers_agree_where_glibc_is_silent() => Assert.That(Compile(CBindings.KernelProgram()), Is.Empty);

    [Test]
    public void There_is_something_to_prove()
    {
        Assert.That(CBindings.Structs, Does.Contain(typeof(msghdr)));
        Assert.That(CBindings.Constants.Select(c => c.Name), Does.Contain(nameof(LibC.EAGAIN)));
        Assert.That(CBindings.Functions.Select(f => f.Name), Does.Contain(nameof(LibC.sendmmsg)).And.Contain(nameof(LibC.freeaddrinfo)));
    }

    [TestCase("_Static_assert((EAGAIN) == (12), \"EAGAIN\");")]
    [TestCase("_Static_assert(sizeof(struct msghdr) == 48, \"size\");")]
    [TestCase("void f(int a); void f(int a) { (void)no_such_function(a); }")]
    [TestCase("void f(unsigned long a); void f(unsigned long a) { (void)close(a); }")]
    [TestCase("void f(int a); void f(int a) { (void)listen(a); }")]
    public void A_wrong_claim_is_noticed(string claim) =>
        Assert.That(Compile(CBindings.Program() + claim), Does.Contain("error"));

    [Test]
    public void Each_file_names_its_C_header_in_the_first_line()
    {
        IEnumerable<string> without = Repository.SourcesUnder("src/QemuL2tp.Linux")
            .Where(path => CBindings.HeaderOf(path) is null)
            .Select(path => Path.GetFileName(path));

        Assert.That(without, Is.EquivalentTo(new[] { "AssemblyInfo.cs", "libc.cs" }));
    }

    [Test]
    public void A_control_message_carries_its_payload_right_behind_the_header()
    {
        Assert.That(
            Compile(CBindings.Program() + $"_Static_assert(CMSG_LEN(0) == {Unsafe.SizeOf<cmsghdr>()}, \"CMSG_DATA\");"), Is.Empty);
    }

    [Test]
    public void A_frame_fragment_has_the_layout_of_iovec()
    {
        Assert.That(Unsafe.SizeOf<FrameFragment>(), Is.EqualTo(Unsafe.SizeOf<iovec>()));
        Assert.That(
            Marshal.OffsetOf<FrameFragment>(nameof(FrameFragment.Base)), Is.EqualTo(Marshal.OffsetOf<iovec>(nameof(iovec.iov_base))));
        Assert.That(
            Marshal.OffsetOf<FrameFragment>(nameof(FrameFragment.Length)), Is.EqualTo(Marshal.OffsetOf<iovec>(nameof(iovec.iov_len))));
    }

    /// <summary>What the compiler has to say; nothing when it agrees.</summary>
    private static string Compile(string program)
    {
        ProcessStartInfo start = new("cc", "-std=gnu11 -fsyntax-only -Wall -Wconversion -Wsign-conversion -Werror -x c -")
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process compiler = Process.Start(start)!;
            Task<string> said = compiler.StandardError.ReadToEndAsync();
            compiler.StandardInput.Write(program);
            compiler.StandardInput.Close();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? "" : said.Result;
        }
        catch (Win32Exception noCompiler)
        {
            Assert.Ignore($"The libc bindings are NOT proven: there is no C compiler ({noCompiler.Message}). Install gcc and libc6-dev.");
            throw;
        }
    }
}
