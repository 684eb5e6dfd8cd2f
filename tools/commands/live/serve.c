/* One thread, which answers one request after another: whoever asks is a scraper or a person.
 *
 * Other machines don't get to know what runs here: it listens on the loopback alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "serve.h"

#include "tools/common/cli.h"

#ifdef ZM_WITH_MICROHTTPD

#    include <arpa/inet.h>
#    include <errno.h>
#    include <microhttpd.h>
#    include <stdio.h>
#    include <stdlib.h>
#    include <string.h>
#    include <sys/socket.h>

#    include "exposition.h"
#    include "tools/process/child.h"

#    define OPENMETRICS "application/openmetrics-text"

struct wanted {
    const pid_t *pids;
    size_t count;
};

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *type,
                             char *text, size_t length, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(length, text, mode);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", type);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, char *text)
{
    return reply(connection, status, "text/plain", text, strlen(text), MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer_metrics(struct MHD_Connection *connection,
                                      const struct wanted *wanted)
{
    const char *accepts = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
    bool openmetrics = accepts && strstr(accepts, OPENMETRICS);
    struct zm_live_list list;
    pid_t which;
    char *text = NULL;
    size_t length = 0;
    /* One of several that has ended leaves the others. */
    (void)zm_live_list_read(wanted->pids, wanted->count, NULL, &list, &which);
    FILE *out = open_memstream(&text, &length);
    bool failed = !out || zm_exposition_write(&list, openmetrics, out) != 0;
    zm_live_list_free(&list);
    failed |= out && fclose(out) != 0;
    if (failed) {
        free(text);
        return refuse(connection, 500, "out of memory\n");
    }
    return reply(connection, 200,
                 openmetrics ? OPENMETRICS "; version=1.0.0; charset=utf-8"
                             : "text/plain; version=0.0.4; charset=utf-8",
                 text, length, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_size, void **state)
{
    (void)version, (void)data, (void)data_size, (void)state;
    if (strcmp(method, "GET") != 0)
        return refuse(connection, 405, "only GET\n");
    if (strcmp(url, "/metrics") != 0)
        return refuse(connection, 404, "there is /metrics\n");
    return answer_metrics(connection, context);
}

int zm_metrics_serve(const char *subcommand, uint16_t port, const pid_t *pids, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct wanted wanted = {pids, count};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    zm_child_catch_signals();
    errno = 0;
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL, answer, &wanted,
                         MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_TIMEOUT, 10U,
                         MHD_OPTION_CONNECTION_LIMIT, 16U, MHD_OPTION_END);
    if (!daemon) {
        zm_error(subcommand, "can't listen on 127.0.0.1:%u: %s", port,
                 errno ? strerror(errno) : "the HTTP library does not say why");
        return ZM_EXIT_TOOL;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    zm_error(subcommand, "http://127.0.0.1:%u/metrics", info ? info->port : port);
    while (!zm_child_interrupted())
        zm_pause(-1);
    MHD_stop_daemon(daemon);
    return ZM_EXIT_SIGNAL + zm_child_interrupted();
}

#else

int zm_metrics_serve(const char *subcommand, uint16_t port, const pid_t *pids, size_t count)
{
    (void)port, (void)pids, (void)count;
    zm_error(subcommand, "--listen: this zmalloc was built without libmicrohttpd");
    return ZM_EXIT_TOOL;
}

#endif
