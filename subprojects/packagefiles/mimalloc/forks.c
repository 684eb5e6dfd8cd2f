/* A fork waits until no other thread holds one of mimalloc's locks, or has a page of another in hand
 * (forks.h): in the child that thread is gone, and whoever waits for it waits for ever. mimalloc
 * itself does nothing about forks. From 2.1 on it has locks, from 3 on such pages.
 *
 * Threads that are inside are counted, and those that come while somebody forks wait outside. The
 * thread that forks passes, because other handlers of the fork may allocate; it may have been
 * interrupted inside by a signal, whose handler forks. A thread that doesn't get out, say because it
 * is stopped, is waited for a second. */
#undef pthread_mutex_lock
#undef pthread_mutex_trylock
#undef pthread_mutex_unlock
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "forks.h"

int _mi_port_mutex_lock(pthread_mutex_t *mutex);
int _mi_port_mutex_trylock(pthread_mutex_t *mutex);
int _mi_port_mutex_unlock(pthread_mutex_t *mutex);

static atomic_uint inside, forking;
static __thread unsigned depth;
static __thread bool forks;

void _mi_port_enter(void)
{
	if (depth++ > 0 || forks)
		return;
	for (;;) {
		atomic_fetch_add(&inside, 1);
		if (atomic_load(&forking) == 0)
			return;
		atomic_fetch_sub(&inside, 1);
		while (atomic_load(&forking) != 0)
			sched_yield();
	}
}

void _mi_port_leave(void)
{
	if (--depth == 0 && !forks)
		atomic_fetch_sub(&inside, 1);
}

static void before_fork(void)
{
	unsigned own = depth > 0;
	forks = true;
	atomic_fetch_add(&forking, 1);
	for (int i = 0; i < 1000 && atomic_load(&inside) > own; i++) {
		struct timespec millisecond = {.tv_nsec = 1000000};
		if (i < 100)
			sched_yield();
		else
			nanosleep(&millisecond, NULL);
	}
}

static void in_parent(void)
{
	atomic_fetch_sub(&forking, 1);
	forks = false;
}

static void in_child(void)
{
	atomic_store(&inside, depth > 0);
	atomic_store(&forking, 0);
	forks = false;
}

void _mi_port_forks_init(void)
{
	pthread_atfork(before_fork, in_parent, in_child);
}

/* ---- what the build calls in place of the functions without _mi_port ---- */

int _mi_port_mutex_lock(pthread_mutex_t *mutex)
{
	_mi_port_enter();
	int error = pthread_mutex_lock(mutex);
	if (error != 0)
		_mi_port_leave();
	return error;
}

int _mi_port_mutex_trylock(pthread_mutex_t *mutex)
{
	_mi_port_enter();
	int error = pthread_mutex_trylock(mutex);
	if (error != 0)
		_mi_port_leave();
	return error;
}

int _mi_port_mutex_unlock(pthread_mutex_t *mutex)
{
	int error = pthread_mutex_unlock(mutex);
	_mi_port_leave();
	return error;
}
