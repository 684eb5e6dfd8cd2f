/* Told of all pages that are got from the system, before a block is in them; says false if that must not be. */
#ifndef GP_NOTE_PAGES_H
#define GP_NOTE_PAGES_H

#include <stddef.h>

inline bool (*GP_NAME(note_pages))(void *start, size_t bytes, bool got);

#endif
