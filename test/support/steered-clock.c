/*
 * A wall clock that tests steer, for a program that runs under LD_PRELOAD: gettimeofday, time and
 * clock_gettime(CLOCK_REALTIME) answer the microseconds since the epoch that stand, as 8 bytes in the
 * machine's own order, in the file named by STEERED_CLOCK; 0 there leaves them as they are. The file is
 * mapped, so that a write is seen by the very next question. Clocks that measure durations stay real:
 * whatever waits goes on.
 *
 * An allocator may ask for the time while it is being set up, so nothing here allocates, uses stdio or
 * looks up a symbol; what is not steered goes to the kernel. Before main, or without a readable file,
 * all time is real.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *steered_us;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("STEERED_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof *steered_us, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) steered_us = mapped;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *into) {
  int steered = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  int64_t now_us = steered && steered_us ? *steered_us : 0;
  if (now_us == 0) return (int)syscall(SYS_clock_gettime, clock, into);
  into->tv_sec = now_us / 1000000;
  into->tv_nsec = now_us % 1000000 * 1000;
  return 0;
}

int gettimeofday(struct timeval *restrict into, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  into->tv_sec = now.tv_sec;
  into->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *into) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  if (into) *into = now.tv_sec;
  return now.tv_sec;
}
