/* What GetStats prints, in bytes and from one look, for a caller that wants numbers. */
#ifndef GP_FIGURES_H
#define GP_FIGURES_H

#include <stddef.h>

namespace GP_NAME(figures) {

struct Figures {
  size_t system;     /* mapped for spans, unmapped ones included */
  size_t free_spans; /* in the page heap's free lists */
  size_t unmapped;   /* given back to the system */
  size_t metadata;
  size_t thread_caches;
  size_t central_cache;
  size_t transfer_cache;
};
Figures Read();

}  // namespace GP_NAME(figures)

#endif
