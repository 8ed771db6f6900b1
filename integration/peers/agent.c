/*
 * The first process of a machine: runs one command line at a time, as they come on the virtio serial port named "agent".
 * In: ID SECONDS BASE64-OF-SHELL-TEXT. Out: ID STATUS LENGTH, then LENGTH bytes. A command that takes longer is killed.
 * In C, for an emulated processor takes a tenth of a second for the half-dozen programs that a script starts for this.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND "/tmp/command"
#define OUTPUT "/tmp/output"

static pid_t running;

static void give_up(int signal) {
    (void)signal;
    kill(running, SIGKILL);
}

/* Waits for the port, whose driver may still be on its way. */
static int open_port(void) {
    for (;; usleep(10000)) {
        DIR *ports = opendir("/sys/class/virtio-ports");
        struct dirent *entry;
        while (ports != NULL && (entry = readdir(ports)) != NULL) {
            char path[300], name[16] = "";
            snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
            int file = open(path, O_RDONLY | O_CLOEXEC);
            if (file < 0)
                continue;
            (void)!read(file, name, sizeof name - 1);
            close(file);
            if (strcmp(name, "agent\n") != 0)
                continue;
            snprintf(path, sizeof path, "/dev/%s", entry->d_name);
            int port = open(path, O_RDWR | O_CLOEXEC);
            if (port >= 0) {
                closedir(ports);
                return port;
            }
        }
        if (ports != NULL)
            closedir(ports);
    }
}

/* In place; returns the length. */
static size_t decode(char *text) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = 0;
    unsigned bits = 0, count = 0;
    for (const char *at = text, *digit; *at != 0 && (digit = strchr(digits, *at)) != NULL; at++) {
        bits = bits << 6 | (unsigned)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            text[length++] = (char)(bits >> count);
        }
    }
    return length;
}

/* Without what an earlier command may still have open. */
static int create(const char *path) {
    unlink(path);
    return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

/* Returns the status as a shell has it. */
static int run(int output, unsigned seconds) {
    running = fork();
    if (running < 0)
        return 126;
    if (running == 0) {
        dup2(open("/dev/null", O_RDONLY), 0);
        dup2(output, 1);
        dup2(output, 2);
        execl("/bin/dash", "dash", COMMAND, (char *)NULL);
        _exit(127);
    }
    alarm(seconds);
    int status;
    pid_t ended;
    /* What was left behind by others ends here too. */
    do
        ended = waitpid(-1, &status, 0);
    while (ended != running);
    alarm(0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void answer(int port, const char *id, int status, int output) {
    struct stat about;
    fstat(output, &about);
    dprintf(port, "%s %d %lld\n", id, status, (long long)about.st_size);
    lseek(output, 0, SEEK_SET);
    char bytes[4096];
    /* No more than was announced: something in the background may go on to write. */
    for (off_t left = about.st_size; left > 0;) {
        ssize_t got = read(output, bytes, left < (off_t)sizeof bytes ? (size_t)left : sizeof bytes);
        if (got <= 0)
            return;
        for (ssize_t sent = 0, now; sent < got; sent += now)
            if ((now = write(port, bytes + sent, (size_t)(got - sent))) < 0)
                return;
        left -= got;
    }
}

int main(void) {
    struct sigaction action = { .sa_handler = give_up, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    int port = open_port();
    FILE *lines = fdopen(port, "r");
    char *line = NULL;
    size_t room = 0;
    for (;;) {
        if (getline(&line, &room, lines) <= 0) {
            /* It reads "end of file" for as long as nobody is connected on the host's side. */
            clearerr(lines);
            usleep(100000);
            continue;
        }
        char *id = strtok(line, " "), *seconds = strtok(NULL, " "), *text = strtok(NULL, "\n");
        if (id == NULL || seconds == NULL || text == NULL)
            continue;
        int command = create(COMMAND), output = create(OUTPUT);
        size_t length = decode(text);
        (void)!write(command, text, length);
        close(command);
        answer(port, id, run(output, (unsigned)atoi(seconds)), output);
        close(output);
    }
}
