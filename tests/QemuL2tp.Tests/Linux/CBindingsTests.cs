using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Linux;
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
        Assert.That(CBindings.Structs, Does.Contain(typeof(addrinfo)));
        Assert.That(CBindings.Constants.Select(c => c.Name), Does.Contain(nameof(Glibc.UDP_SEGMENT)));
        Assert.That(CBindings.Functions.Select(f => f.Name), Does.Contain(nameof(Glibc.sendmmsg)).And.Contain(nameof(Glibc.freeaddrinfo)));
        string program = CBindings.Program();
        Assert.That(program, Does.Contain("(EAGAIN) == (11)").And.Contain("(long)(MAP_FAILED) == -1"));
        Assert.That(program, Does.Contain("offsetof(struct msghdr, msg_iovlen) == 24").And.Contain("sizeof(struct epoll_event) == "));
        Assert.That(program, Does.Contain("((size_t)-1 < 1) == 0").And.Contain("((ssize_t)-1 < 1) == 1").And.Contain("(void)recvmsg(a0, a1, a2)"));
    }

    [Test]
    public void What_is_used_of_the_package_keeps_the_error_number()
    {
        // getppid cannot fail; poll can, and the package's forgets why.
        Assert.That(
            PackageUse.Functions.Where(function => !PackageUse.ImportOf(function)!.SetLastError).Select(function => function.Name).Distinct(),
            Is.SubsetOf(new[] { nameof(LibC.getppid) }));
    }

    [Test]
    public unsafe void Both_parts_have_one_error_number()
    {
        Assert.That(LibC.close(-1), Is.EqualTo(-1));
        Assert.That(LibC.errno, Is.EqualTo(LibC.EBADF));
        Assert.That(Glibc.poll(null, 1, 0), Is.EqualTo(-1));
        Assert.That(LibC.errno, Is.EqualTo(LibC.EFAULT));
    }

    [Test]
    public void Nothing_of_ours_is_in_the_package_too()
    {
        string[] kept = [nameof(Glibc.poll)];
        Assert.That(
            CBindings.Functions.Select(function => function.Name).Concat(CBindings.Constants.Select(constant => constant.Name)).Except(kept),
            Has.None.Matches<string>(name => typeof(LibC).GetMember(name).Length > 0));
        Assert.That(CBindings.Structs, Has.None.Matches<Type>(type => typeof(LibC).Assembly.GetType($"Tmds.Linux.{type.Name}") is not null));
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
    public unsafe void A_control_message_carries_its_payload_right_behind_the_header()
    {
        cmsghdr header;
        long offset = LibC.CMSG_DATA(&header) - (byte*)&header;
        Assert.That(Compile(CBindings.Program() + $"_Static_assert(CMSG_LEN(0) == {offset}, \"CMSG_DATA\");"), Is.Empty);
    }

    [Test]
    public void A_frame_fragment_has_the_layout_of_iovec()
    {
        Assert.That(Unsafe.SizeOf<FrameFragment>(), Is.EqualTo(Unsafe.SizeOf<iovec>()));
        Assert.That(
            Marshal.OffsetOf<FrameFragment>(nameof(FrameFragment.Base)), Is.EqualTo(OffsetOf(nameof(iovec.iov_base))));
        Assert.That(
            Marshal.OffsetOf<FrameFragment>(nameof(FrameFragment.Length)), Is.EqualTo(OffsetOf(nameof(iovec.iov_len))));

        static nint OffsetOf(string property) => Marshal.OffsetOf<iovec>($"<{property}>k__BackingField");
    }

    /// <summary>What the compiler has to say; nothing when it agrees.</summary>
    private static string Compile(string program)
    {
        // Bytes are char in some headers and unsigned char in others.
        ProcessStartInfo start = new("cc", "-std=gnu11 -fsyntax-only -Wall -Wconversion -Wsign-conversion -Wno-pointer-sign -Werror -x c -")
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
