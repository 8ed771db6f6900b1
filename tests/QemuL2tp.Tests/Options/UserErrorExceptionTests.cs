using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>What the message of an error has: problem, option, value and remedy, each once.</summary>
public sealed class UserErrorExceptionTests
{
    [TestCase("offset must be less", "'offset=300' is too large.", "offset", "300", ExpectedResult = "offset must be less\n'offset=300' is too large.")]
    [TestCase("offset must be less", "Write less.", "offset", "300", ExpectedResult = "offset must be less\nWrite less. (offset=300)")]
    [TestCase("no place for 'srcport=3000'", "Write another.", "src", "3000", ExpectedResult = "no place for 'srcport=3000'\nWrite another. (src=3000)", Description = "a part of a word is another word")]
    [TestCase("could not bind socket", null, "src", "::1", ExpectedResult = "could not bind socket\n(src=::1)")]
    [TestCase("cannot be written", "Write another.", "--pid-file", "/x", ExpectedResult = "cannot be written\nWrite another. (--pid-file /x)")]
    [TestCase("waits for nobody", "Leave it out.", "--one-off", null, ExpectedResult = "waits for nobody\nLeave it out. (--one-off)")]
    [TestCase("'x-seq-file' needs a name", "Write a path.", "x-seq-file", "", ExpectedResult = "'x-seq-file' needs a name\nWrite a path.")]
    [TestCase("Parameter 'id' is missing", "Add id=VALUE.", "id", null, ExpectedResult = "Parameter 'id' is missing\nAdd id=VALUE.")]
    [TestCase("no descriptor", "See ulimit -n.", null, null, ExpectedResult = "no descriptor\nSee ulimit -n.")]
    [TestCase("the end has begun", null, null, null, ExpectedResult = "the end has begun")]
    public string The_message_has_everything_once(string problem, string? remedy, string? option, string? value) =>
        new UserErrorException(problem, remedy) { Option = option, Value = value }.Message;

    [TestCase("vhost-user,path=/x", "addr.path", "/x", "path", "/x")]
    [TestCase("vhost-user,fd=7", "addr.str", "7", "fd", "7")]
    [TestCase("stream,addr.type=unix,addr.path=/x", "addr.path", "/x", "addr.path", "/x")]
    [TestCase("stream,addr.type=fd,addr.str=sock", "addr.str", "9", "addr.str", "sock")]
    [TestCase("stream,addr.type=inet,addr.host=h,addr.port=1", "addr.port", "1", "addr.port", "1")]
    [TestCase("stream,addr.type=unix,addr.path=/x", "server", "on", "server", "on")]
    [TestCase("dgram,local.type=fd,local.str=7", "addr.str", "7", "local.str", "7")]
    [TestCase("dgram,local.type=unix,local.path=/x,remote.type=unix,remote.path=/y", "local.path", "/x", "local.path", "/x")]
    [TestCase("socket,fd=7", "addr.str", "7", "fd", "7")]
    [TestCase("socket,listen=h:1", "addr.host", "h", "listen", "h:1")]
    [TestCase("socket,connect=h:1", "addr.host", "h", "connect", "h:1")]
    [TestCase("socket,udp=h:1,localaddr=:2", "local.port", "2", "localaddr", ":2")]
    [TestCase("socket,udp=h:1,localaddr=:2", "remote.host", "h", "udp", "h:1")]
    [TestCase("socket,mcast=230.0.0.1:1", "remote.host", "230.0.0.1", "mcast", "230.0.0.1:1")]
    [TestCase("socket,mcast=230.0.0.1:1,localaddr=127.0.0.9", "local.host", "127.0.0.9", "localaddr", "127.0.0.9")]
    public void An_error_of_a_socket_is_about_the_key_that_was_written(string text, string key, string value, string writtenKey, string writtenValue)
    {
        var error = FrontendKeys.Translate(FrontendParser.Parse(text, []), new UserErrorException("problem", "remedy") { Option = key, Value = value });

        Assert.That((error.Problem, error.Remedy, error.Option, error.Value), Is.EqualTo(("problem", "remedy", writtenKey, writtenValue)));
    }
}
