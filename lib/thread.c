#include <errno.h>
#include <signal.h>

#include "err.h"
#include "thread.h"

void
thread_start(pthread_t *t, void *(*f)(void *), void *arg)
{
	sigset_t all, old;

	sigfillset(&all);
	sigdelset(&all, SIGPIPE); /* comes to the thread that writes */
	pthread_sigmask(SIG_BLOCK, &all, &old);
	errno = pthread_create(t, NULL, f, arg);
	if (errno != 0)
		die("cannot start a thread:");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}
