/*
 * Symbols are needed by the leak report of the heap checker only, which is not
 * built; symbolize.cc would fork pprof.
 */
#define TCMALLOC_SYMBOLIZE_H_
struct SymbolTable {
  void Add(const void *) {}
  const char *GetSymbol(const void *) { return ""; }
  int Symbolize() { return 0; }
};
#include "../src/heap-profile-table.cc"
