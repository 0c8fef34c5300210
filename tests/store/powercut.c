/* Writes down, in order, what a program asks of the files beneath one folder, and every line it says.
 *
 * Preloaded (LD_PRELOAD) into the program whose power will be cut. CUT_ROOT is the folder (a real path), CUT_LOG the
 * file to write to. Everything is done as asked, but a sync beneath the folder is only written down: what of the rest
 * reached the disk is for tests/store/powercut.py to say, which reads the log. A record is five numbers of 64 bits (kind,
 * inode, place, length of the first text, of the second) and the two texts:
 *
 *   C inode path     a file was made       M path   a folder was made        U path  a name was removed
 *   R path path      renamed               W inode place bytes   written     T inode place  its size was set
 *   S inode          synced                Y path   names of a folder synced
 *   A text           said on the standard output
 *   X path           what is not modelled: links
 *
 * Not seen: writes by way of a memory map, of stdio and of the rarer calls. The reader compares what the log makes of the
 * files with what they are, so nothing can go past it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

typedef char path_t[2 * PATH_MAX];

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *root = "";
static size_t root_length;
static int out = -1;

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("CUT_LOG"), *folder = getenv("CUT_ROOT");
    if (log == NULL || folder == NULL)
        return;
    root = folder;
    root_length = strlen(folder);
    out = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out < 0)
        abort();
}

static void note(char kind, uint64_t file, uint64_t place, const void *text, size_t length, const char *other) {
    size_t more = other ? strlen(other) : 0;
    uint64_t head[5] = {(uint64_t)kind, file, place, length, more};
    struct iovec parts[3] = {{head, sizeof head}, {(void *)text, length}, {(void *)other, more}};
    int before = errno;
    if (syscall(SYS_writev, out, parts, 3) != (long)(sizeof head + length + more))
        abort();
    errno = before;
}

static void note_path(char kind, const char *path) { note(kind, 0, 0, path, strlen(path), NULL); }

static int beneath(const char *path) {
    return out >= 0 && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || !path[root_length]);
}

/* Where a file that is open stands, and its inode; 0 when it is none of ours. */
static int ours(int handle, path_t path, struct stat *about) {
    char link[64];
    if (out < 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof(path_t) - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    return beneath(path) && fstat(handle, about) == 0;
}

static int ours_by_name(int folder, const char *name, path_t path) {
    char base[PATH_MAX] = "";
    struct stat about;
    if (name[0] == '/')
        snprintf(path, sizeof(path_t), "%s", name);
    else if (folder == AT_FDCWD && getcwd(base, sizeof base) != NULL)
        snprintf(path, sizeof(path_t), "%s/%s", base, name);
    else {
        path_t there;
        if (!ours(folder, there, &about))
            return 0;
        snprintf(path, sizeof(path_t), "%.*s/%s", PATH_MAX, there, name);
    }
    return beneath(path);
}

static int opens(int folder, const char *name, int flags, mode_t mode) {
    path_t path;
    struct stat about;
    pthread_mutex_lock(&turn);
    int made = (flags & O_CREAT) && syscall(SYS_faccessat, folder, name, F_OK) != 0;
    int handle = (int)syscall(SYS_openat, folder, name, flags, mode);
    if (handle >= 0 && (made || (flags & O_TRUNC)) && ours(handle, path, &about)) {
        if (made)
            note('C', about.st_ino, 0, path, strlen(path), NULL);
        else
            note('T', about.st_ino, 0, NULL, 0, NULL);
    }
    pthread_mutex_unlock(&turn);
    return handle;
}

static mode_t mode_of(int flags, va_list more) { return flags & O_CREAT ? va_arg(more, mode_t) : 0; }

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode_t mode = mode_of(flags, more);                                                                            \
        va_end(more);                                                                                                  \
        return opens(AT_FDCWD, path, flags, mode);                                                                     \
    }
#define OPENAT(name)                                                                                                   \
    int name(int folder, const char *path, int flags, ...) {                                                           \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode_t mode = mode_of(flags, more);                                                                            \
        va_end(more);                                                                                                  \
        return opens(folder, path, flags, mode);                                                                       \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t mode) { return opens(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

ssize_t write(int handle, const void *bytes, size_t length) {
    path_t path;
    struct stat about;
    pthread_mutex_lock(&turn);
    ssize_t written = syscall(SYS_write, handle, bytes, length);
    if (written > 0 && handle == 1 && out >= 0)
        note('A', 0, 0, bytes, (size_t)written, NULL);
    else if (written > 0 && ours(handle, path, &about)) /* where it stands now is right for O_APPEND too */
        note('W', about.st_ino, (uint64_t)(syscall(SYS_lseek, handle, 0, SEEK_CUR) - written), bytes, (size_t)written, NULL);
    pthread_mutex_unlock(&turn);
    return written;
}

static ssize_t writes_at(int handle, const void *bytes, size_t length, off64_t place) {
    path_t path;
    struct stat about;
    pthread_mutex_lock(&turn);
    ssize_t written = syscall(SYS_pwrite64, handle, bytes, length, place);
    if (written > 0 && ours(handle, path, &about))
        note('W', about.st_ino, (uint64_t)place, bytes, (size_t)written, NULL);
    pthread_mutex_unlock(&turn);
    return written;
}

ssize_t pwrite(int handle, const void *bytes, size_t length, off_t place) {
    return writes_at(handle, bytes, length, place);
}

ssize_t pwrite64(int handle, const void *bytes, size_t length, off64_t place) {
    return writes_at(handle, bytes, length, place);
}

static int sizes(int handle, off64_t size) {
    path_t path;
    struct stat about;
    pthread_mutex_lock(&turn);
    int failed = (int)syscall(SYS_ftruncate, handle, size);
    if (!failed && ours(handle, path, &about))
        note('T', about.st_ino, (uint64_t)size, NULL, 0, NULL);
    pthread_mutex_unlock(&turn);
    return failed;
}

int ftruncate(int handle, off_t size) { return sizes(handle, size); }
int ftruncate64(int handle, off64_t size) { return sizes(handle, size); }

static int syncs(int handle, long how) {
    path_t path;
    struct stat about;
    if (!ours(handle, path, &about))
        return (int)syscall(how, handle);
    pthread_mutex_lock(&turn);
    if (S_ISDIR(about.st_mode))
        note_path('Y', path);
    else
        note('S', about.st_ino, 0, NULL, 0, NULL);
    pthread_mutex_unlock(&turn);
    return 0;
}

int fsync(int handle) { return syncs(handle, SYS_fsync); }
int fdatasync(int handle) { return syncs(handle, SYS_fdatasync); }

int unlinkat(int folder, const char *name, int flags) {
    path_t path;
    pthread_mutex_lock(&turn);
    int failed = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (!failed && ours_by_name(folder, name, path))
        note_path('U', path);
    pthread_mutex_unlock(&turn);
    return failed;
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int mkdirat(int folder, const char *name, mode_t mode) {
    path_t path;
    pthread_mutex_lock(&turn);
    int failed = (int)syscall(SYS_mkdirat, folder, name, mode);
    if (!failed && ours_by_name(folder, name, path))
        note_path('M', path);
    pthread_mutex_unlock(&turn);
    return failed;
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int renameat(int from, const char *old, int to, const char *new) {
    path_t was, is;
    pthread_mutex_lock(&turn);
    int failed = (int)syscall(SYS_renameat2, from, old, to, new, 0);
    if (!failed && (ours_by_name(from, old, was) | ours_by_name(to, new, is)))
        note('R', 0, 0, was, strlen(was), is);
    pthread_mutex_unlock(&turn);
    return failed;
}

int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int linkat(int from, const char *old, int to, const char *new, int flags) {
    path_t path;
    if (ours_by_name(to, new, path))
        note_path('X', path);
    return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

int symlink(const char *text, const char *name) {
    path_t path;
    if (ours_by_name(AT_FDCWD, name, path))
        note_path('X', path);
    return (int)syscall(SYS_symlinkat, text, AT_FDCWD, name);
}
