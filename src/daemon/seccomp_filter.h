/* seccomp_filter.h - which system calls the daemon and its monitor may make; the owner of libseccomp. */
#pragma once

#include <stdbool.h>

#include "base/fault.h"

/* AddressSanitizer's run time and its leak check need calls that no filter here would allow. */
#if defined(__SANITIZE_ADDRESS__)
#define SECCOMP_FILTER_POSSIBLE false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SECCOMP_FILTER_POSSIBLE false
#endif
#endif
#ifndef SECCOMP_FILTER_POSSIBLE
#define SECCOMP_FILTER_POSSIBLE true
#endif

/* Confines the calling process, which has one thread: from here on, for ever. With `asks`, opening a file and an
 * AF_PACKET socket are asked for: *notify_fd, given, is where; it must be handed over and closed before the
 * first such call. Without, files are opened as user and Landlock allow, and no socket is.
 * 0 or -errno with fault. */
int seccomp_filter_daemon(bool asks, int *notify_fd, struct fault *fault);

/* Confines the monitor. 0 or -errno. */
int seccomp_filter_monitor(void);
