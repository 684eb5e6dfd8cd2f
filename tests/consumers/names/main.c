/* zmalloc with prefixed names, a zmalloc of the program's own, and a static zlib with its zcalloc.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
/* Ours first: it renames zfree, and zlib has a member of that name. */
#include <zmalloc.h>

#include <zlib.h>

int own_zmalloc_calls(void);

static void *account_alloc(void *opaque, unsigned items, unsigned size)
{
    (void)opaque;
    return ztrycalloc_num(items, size);
}

static void account_free(void *opaque, void *ptr)
{
    (void)opaque;
    zfree(ptr);
}

/* The most bytes in the account while zlib deflates and inflates a text, less those before. */
static size_t deflated_and_back(int with_account)
{
    static const char text[] = "to and fro and to and fro and to and fro";
    unsigned char packed[256];
    char back[sizeof text] = "";
    size_t before = zmalloc_used_memory();

    z_stream out = {.next_in = (unsigned char *)text, .avail_in = sizeof text};
    out.next_out = packed, out.avail_out = sizeof packed;
    z_stream in = {.next_in = packed};
    in.next_out = (unsigned char *)back, in.avail_out = sizeof back;
    if (with_account) {
        out.zalloc = in.zalloc = account_alloc;
        out.zfree = in.zfree = account_free;
    }
    if (deflateInit(&out, 9) != Z_OK || deflate(&out, Z_FINISH) != Z_STREAM_END)
        return SIZE_MAX;
    size_t held = zmalloc_used_memory() - before;
    in.avail_in = (unsigned)out.total_out;
    deflateEnd(&out);
    if (inflateInit(&in) != Z_OK || inflate(&in, Z_FINISH) != Z_STREAM_END)
        return SIZE_MAX;
    inflateEnd(&in);
    return memcmp(text, back, sizeof text) ? SIZE_MAX : held;
}

int main(void)
{
    void *ptr = zmalloc(100); /* the library's: this file includes its header */
    int calls = own_zmalloc_calls();
    printf("library %d, program %d, zlib alone %zu, zlib with account %d\n",
           zmalloc_used_memory() >= 100, calls, deflated_and_back(0),
           deflated_and_back(1) > 100000 && zmalloc_used_memory() == zmalloc_size(ptr));
    zfree(ptr);
    return 0;
}
