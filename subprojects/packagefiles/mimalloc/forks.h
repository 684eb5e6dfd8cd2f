/* What mimalloc would leave half done in the child of a fork: its locks, and a page that it looks at
 * whether it can have it. From enter to leave no other thread's fork goes on. */
#ifndef PORT_FORKS_H
#define PORT_FORKS_H

#include <stdbool.h>

void _mi_port_enter(void);
void _mi_port_leave(void);
void _mi_port_forks_init(void);

static inline bool _mi_port_left(bool result)
{
	_mi_port_leave();
	return result;
}

#endif
