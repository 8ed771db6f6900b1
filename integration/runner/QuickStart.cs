namespace QemuL2tp.Integration.Runner;
internal static class QuickStart { public static int Run() => 0; }
