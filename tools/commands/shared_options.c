/* Values that name backends and what is put around them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "shared_options.h"

#include "tools/common/cli.h"

#include <string.h>
#include <zmalloc/backend.h>

int zm_set_backends(const char *subcommand, const struct zm_option *option, const char *text,
                    void *into)
{
    (void)option;
    return zm_backends_parse(subcommand, text, into);
}

int zm_set_more(const char *subcommand, const struct zm_option *option, const char *text,
                void *into)
{
    (void)option;
    return zm_rows_parse_more(subcommand, text, into);
}

static void offer_built_in(const struct zm_offers *offers)
{
    struct zmalloc_backend_info info = {.struct_size = sizeof info};
    for (size_t i = 0; zmalloc_backend_describe(i, &info) == 0; i++)
        zm_offers_add(offers, info.name, info.version);
}

void zm_offer_backend(const struct zm_option *option, struct zm_offers *offers)
{
    const char *begun = zm_offers_begun(offers);
    if (strncmp(begun, "lib:", 4) == 0) {
        offers->kept += 4;
        zm_offer_files(option, offers);
    } else if (strchr(begun, '/')) {
        zm_offer_files(option, offers);
    } else {
        offer_built_in(offers);
        zm_offers_add(offers, "lib:", "a library with malloc and free");
    }
}

void zm_offer_backend_list(const struct zm_option *option, struct zm_offers *offers)
{
    (void)option;
    zm_offers_split(offers);
    offer_built_in(offers);
}

void zm_offer_wraps(const struct zm_option *option, struct zm_offers *offers)
{
    (void)option;
    zm_offers_split(offers);
    zm_offers_add(offers, "guard", "finds misuse of memory");
    zm_offers_add(offers, "fault", "lets allocations fail");
    zm_offers_add(offers, "count", "counts blocks by size");
    zm_offers_add(offers, "slow", "takes longer");
}

void zm_offer_arm(const struct zm_option *option, struct zm_offers *offers)
{
    if (strchr(zm_offers_begun(offers), ','))
        zm_offer_wraps(option, offers);
    else
        zm_offer_backend(option, offers);
}

int zm_set_export(const char *subcommand, const struct zm_option *option, const char *text,
                  void *into)
{
    struct zm_exports *exports = into;
    char name[16] = "";
    const char *colon = strchr(text, ':');
    (void)option;
    if (exports->count == ZM_EXPORTS_MAX)
        return zm_usage_error(subcommand, "more than %d times --export", ZM_EXPORTS_MAX);
    if (colon && (size_t)(colon - text) < sizeof name)
        memcpy(name, text, (size_t)(colon - text));
    zm_exporter *write = zm_exporter_named(name);
    if (!colon || !colon[1] || !write)
        return zm_usage_error(subcommand,
                              "--export takes FORMAT:FILE, FORMAT being one of " ZM_EXPORT_FORMATS
                              ", not '%s'",
                              text);
    exports->all[exports->count].write = write;
    exports->all[exports->count++].path = colon + 1;
    return 0;
}
