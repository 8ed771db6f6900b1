// <spawn.h>
using System.Runtime.InteropServices;

namespace QemuL2tp.Linux;

/// <summary>The attributes and file actions are opaque, so they are passed as memory of their size.</summary>
public static unsafe partial class Glibc
{
    public const short POSIX_SPAWN_SETSID = 0x80;

    public static readonly int sizeof_posix_spawnattr_t = 336;
    public static readonly int sizeof_posix_spawn_file_actions_t = 80;

    /// <summary>Returns an error number, and so do the others; none sets <c>errno</c>.</summary>
    [LibraryImport(libc)]
    public static partial int posix_spawnp(int* pid, byte* file, void* file_actions, void* attrp, byte** argv, byte** envp);

    [LibraryImport(libc)]
    public static partial int posix_spawnattr_init(void* attr);

    [LibraryImport(libc)]
    public static partial int posix_spawnattr_setflags(void* attr, short flags);

    [LibraryImport(libc)]
    public static partial int posix_spawnattr_destroy(void* attr);

    [LibraryImport(libc)]
    public static partial int posix_spawn_file_actions_init(void* file_actions);

    [LibraryImport(libc)]
    public static partial int posix_spawn_file_actions_addclose(void* file_actions, int fd);

    [LibraryImport(libc)]
    public static partial int posix_spawn_file_actions_adddup2(void* file_actions, int fd, int newfd);

    [LibraryImport(libc)]
    public static partial int posix_spawn_file_actions_addopen(void* file_actions, int fd, byte* path, int oflag, uint mode);

    [LibraryImport(libc)]
    public static partial int posix_spawn_file_actions_destroy(void* file_actions);
}
