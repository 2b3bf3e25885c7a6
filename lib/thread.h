/*
 * Threads that leave the signals to the main thread, whose handler ends the
 * output.  Owns nothing.
 */
#ifndef CDP_THREAD_H
#define CDP_THREAD_H

#include <pthread.h>

void thread_start(pthread_t *, void *(*)(void *), void *arg); /* or dies */

#endif
