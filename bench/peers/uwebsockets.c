// What does uWebSockets cost, without anybody's bindings around it?
//
// A server of the fewest lines: a text "+channel" subscribes its sender and is sent back, and
// any other text "channel:rest" is published as it is, to its sender too if that has subscribed.
// The library is the one inside PyPI's `socketify`; declared here is what of its C interface is
// used. It does as it likes about batching, buffers and Nagle's delay.
//
//   uwebsockets PORT        serves on 127.0.0.1
//   uwebsockets --version   prints where the library comes from

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef LIBRARY
#error "LIBRARY names the package that the library comes from, and its version"
#endif

enum { PLAIN = 0, TEXT = 1, UNCOMPRESSED = 0, LISTEN_EXCLUSIVELY = 1 };

typedef struct uws_app uws_app;
typedef struct uws_socket uws_socket;
struct us_listen_socket;

struct us_socket_context_options {
    const char *key_file, *cert_file, *passphrase, *dh_params_file, *ca_file, *ssl_ciphers;
    int ssl_prefer_low_memory_usage;
};

typedef struct {
    int port;
    const char *host;
    int options;
} uws_listen_config;

// Handlers that stay null are not called; without one that upgrades, every request is upgraded.
typedef struct {
    int compression;
    unsigned int max_payload_length;
    unsigned short idle_timeout;
    unsigned int max_backpressure;
    bool close_on_backpressure_limit, reset_idle_timeout_on_send, send_pings_automatically;
    unsigned short max_lifetime;
    void (*upgrade)(void);
    void (*open)(uws_socket *, void *);
    void (*message)(uws_socket *, const char *, size_t, int opcode, void *);
    void (*drain)(uws_socket *, void *);
    void (*ping)(uws_socket *, const char *, size_t, void *);
    void (*pong)(uws_socket *, const char *, size_t, void *);
    void (*close)(uws_socket *, int, const char *, size_t, void *);
    void (*subscription)(uws_socket *, const char *, size_t, int, int, void *);
} uws_behavior;

uws_app *uws_create_app(int ssl, struct us_socket_context_options options);
void uws_ws(int ssl, uws_app *app, const char *pattern, uws_behavior behavior, void *user_data);
void uws_app_listen_with_config(int ssl, uws_app *app, uws_listen_config config,
                                void (*handler)(struct us_listen_socket *, uws_listen_config, void *), void *user_data);
void uws_app_run(int ssl, uws_app *app);
bool uws_publish(int ssl, uws_app *app, const char *topic, size_t topic_length, const char *message,
                 size_t message_length, int opcode, bool compress);
bool uws_ws_subscribe(int ssl, uws_socket *socket, const char *topic, size_t length);
bool uws_ws_unsubscribe(int ssl, uws_socket *socket, const char *topic, size_t length);
int uws_ws_send(int ssl, uws_socket *socket, const char *message, size_t length, int opcode);

static uws_app *app;

static void on_message(uws_socket *socket, const char *text, size_t length, int opcode, void *unused) {
    (void)opcode, (void)unused;
    if (length > 0 && (text[0] == '+' || text[0] == '-')) {
        bool (*change)(int, uws_socket *, const char *, size_t) = text[0] == '+' ? uws_ws_subscribe : uws_ws_unsubscribe;
        change(PLAIN, socket, text + 1, length - 1);
        uws_ws_send(PLAIN, socket, text, length, TEXT);
        return;
    }
    const char *colon = memchr(text, ':', length);
    if (colon != NULL)
        uws_publish(PLAIN, app, text, (size_t)(colon - text), text, length, TEXT, UNCOMPRESSED);
}

// The library needs a handler that is told of the end of a connection.
static void on_close(uws_socket *socket, int code, const char *reason, size_t length, void *unused) {
    (void)socket, (void)code, (void)reason, (void)length, (void)unused;
}

static void on_listen(struct us_listen_socket *socket, uws_listen_config config, void *unused) {
    (void)unused;
    if (socket == NULL) {
        fprintf(stderr, "uwebsockets: port %d can't be listened on\n", config.port);
        exit(EXIT_FAILURE);
    }
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: uwebsockets PORT | --version\n");
        return EXIT_FAILURE;
    }
    if (strcmp(arguments[1], "--version") == 0) {
        puts(LIBRARY);
        return EXIT_SUCCESS;
    }
    // No limit of time, and none of what a slow client may have waiting: nothing may be dropped.
    uws_behavior behavior = {.max_payload_length = 1 << 20, .message = on_message, .close = on_close};
    uws_listen_config config = {.port = atoi(arguments[1]), .host = "127.0.0.1", .options = LISTEN_EXCLUSIVELY};
    app = uws_create_app(PLAIN, (struct us_socket_context_options){0});
    uws_ws(PLAIN, app, "/*", behavior, NULL);
    uws_app_listen_with_config(PLAIN, app, config, on_listen, NULL);
    uws_app_run(PLAIN, app);
    return EXIT_SUCCESS;
}
