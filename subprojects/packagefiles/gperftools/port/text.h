/* The few string operations gperftools uses, on the allocator's own memory. */
#ifndef GP_TEXT_H
#define GP_TEXT_H

#include <stdlib.h>
#include <string.h>

class GP_NAME(string) {
 public:
  GP_NAME(string)() = default;
  GP_NAME(string)(const char *s) { append(s, strlen(s)); }
  GP_NAME(string)(const GP_NAME(string) &) = delete;
  GP_NAME(string) &operator=(const GP_NAME(string) &) = delete;
  ~GP_NAME(string)() { GP_NAME(own_free)(text_); }

  size_t size() const { return size_; }
  const char *c_str() const { return text_ ? text_ : ""; }
  const char *data() const { return c_str(); }
  char &operator[](size_t i) { return text_[i]; }

  void reserve(size_t n) {
    if (n < room_) return;
    char *bigger = static_cast<char *>(GP_NAME(own_malloc)(n + 1));
    if (!bigger) abort();
    memcpy(bigger, c_str(), size_ + 1);
    GP_NAME(own_free)(text_);
    text_ = bigger;
    room_ = n + 1;
  }
  void resize(size_t n) {
    reserve(n);
    if (n > size_) memset(text_ + size_, 0, n - size_);
    size_ = n;
    text_[n] = '\0';
  }
  void append(const char *s, size_t n) {
    if (room_ <= size_ + n) reserve(2 * (size_ + n));
    memcpy(text_ + size_, s, n);
    size_ += n;
    text_[size_] = '\0';
  }
  GP_NAME(string) &operator+=(const char *s) { append(s, strlen(s)); return *this; }
  GP_NAME(string) operator+(const char *s) const { return GP_NAME(string)(*this, s); }

 private:
  GP_NAME(string)(const GP_NAME(string) &a, const char *s) { *this += a.c_str(); *this += s; }

  char *text_ = nullptr;
  size_t size_ = 0, room_ = 0;
};

/* A string flag points into the environment. */
struct GP_NAME(flag_text) {
  const char *text;
  const char *data() const { return text; }
  size_t size() const { return text ? strlen(text) : 0; }
  size_t length() const { return size(); }
};

#endif
