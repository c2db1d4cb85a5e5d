/* A model's provider on loopback that answers at once: what the gateways of the benchmark call.
 *
 *     upstream PORT [PAUSE_MS] [CHUNKS]
 *
 * Speaks HTTP/1.1 with keep-alive, in OpenAI's chat format: a completion of about 500 bytes, or, where
 * the request's body has "stream":true, CHUNKS events PAUSE_MS apart, the usage and [DONE]. A path
 * that ends in /messages is answered in Anthropic's format, whole only. One thread, epoll.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096, ROOM = 1 << 20 };

struct peer {
    char *in;          /* what has come and is not answered yet */
    size_t held;
    int chunk;         /* of the stream under way, -1 where there is none */
    uint64_t due;      /* when its next event is sent, in microseconds */
};

static struct peer peers[MOST];
static int loop, pause_ms, chunks = 50;
static char whole[1024], message[1024], event[512], last[640];

static uint64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000u + (uint64_t)at.tv_nsec / 1000u;
}

static void leave(int fd) {
    free(peers[fd].in);
    memset(&peers[fd], 0, sizeof peers[fd]);
    close(fd);
}

static int say(int fd, const char *text, size_t size) {
    while (size) {
        ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
        if (sent > 0) {
            text += sent;
            size -= (size_t)sent;
        } else if (errno != EAGAIN) {
            leave(fd);
            return 0;
        }
    }
    return 1;
}

static void framed(char *into, size_t room, const char *body, const char *kind) {
    snprintf(into, room, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", kind,
             strlen(body), body);
}

static void chunked(char *into, size_t room, const char *data) {
    snprintf(into, room, "%zx\r\ndata: %s\n\n\r\n", strlen(data) + 8, data);
}

static void words(void) {
    framed(whole, sizeof whole,
           "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1790000000,\"model\":\"swift\","
           "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"A river carries what it"
           " is given, and gives it to the sea without asking what it was.\",\"refusal\":null},\"logprobs\":"
           "null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":61,\"completion_tokens\":21,"
           "\"total_tokens\":82,\"prompt_tokens_details\":{\"cached_tokens\":0}},\"system_fingerprint\":\"fp\"}",
           "application/json");
    framed(message, sizeof message,
           "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"swift\",\"content\":[{\"type\":"
           "\"text\",\"text\":\"A river carries what it is given, and gives it to the sea without asking what"
           " it was.\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":61,"
           "\"output_tokens\":21,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0}}",
           "application/json");
    chunked(event, sizeof event,
            "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":"
            "\"swift\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" river\"},\"finish_reason\":null}]}");
    char finish[320], usage[256];
    chunked(finish, sizeof finish,
            "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":"
            "\"swift\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
    chunked(usage, sizeof usage,
            "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":"
            "\"swift\",\"choices\":[],\"usage\":{\"prompt_tokens\":61,\"completion_tokens\":51,"
            "\"total_tokens\":112}}");
    snprintf(last, sizeof last, "%s%se\r\ndata: [DONE]\n\n\r\n0\r\n\r\n", finish, usage);
}

static void answer(int fd);

/* Sends the events of a stream that are due. */
static void go_on(int fd) {
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct peer *peer = &peers[fd];
    if (peer->chunk == 0 && !say(fd, head, sizeof head - 1)) return;
    while (peer->chunk < chunks) {
        if (!say(fd, event, strlen(event))) return;
        peer->chunk++;
        if (pause_ms) {
            peer->due = now() + (uint64_t)pause_ms * 1000u;
            return;
        }
    }
    if (!say(fd, last, strlen(last))) return;
    peer->chunk = -1;
    peer->due = 0;
    answer(fd);
}

/* Answers the first request that has come whole. */
static void answer(int fd) {
    struct peer *peer = &peers[fd];
    peer->in[peer->held] = 0;
    char *body = strstr(peer->in, "\r\n\r\n");
    if (!body || peer->chunk >= 0) return;
    char *field = strcasestr(peer->in, "\r\ncontent-length:");
    size_t head = (size_t)(body - peer->in) + 4;
    size_t size = head + (field && field < body ? strtoul(field + 17, NULL, 10) : 0);
    if (peer->held < size) return;
    char *stream = memmem(body, size - head, "\"stream\"", 8);
    int streams = stream && strncmp(stream + 8 + strspn(stream + 8, ": "), "true", 4) == 0;
    char *line = memchr(peer->in, '\r', head);
    int anthropic = memmem(peer->in, (size_t)(line - peer->in), "/messages ", 10) != NULL;
    memmove(peer->in, peer->in + size, peer->held - size);
    peer->held -= size;
    if (streams) {
        peer->chunk = 0;
        go_on(fd);
    } else {
        const char *said = anthropic ? message : whole;
        if (say(fd, said, strlen(said)) && peer->held) answer(fd);
    }
}

static void hear(int fd) {
    struct peer *peer = &peers[fd];
    ssize_t got = recv(fd, peer->in + peer->held, ROOM - peer->held - 1, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) leave(fd);
        return;
    }
    peer->held += (size_t)got;
    answer(fd);
}

static void meet(int door) {
    int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK), yes = 1;
    if (fd < 0) return;
    if (fd >= MOST) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    peers[fd].in = malloc(ROOM);
    peers[fd].chunk = -1;
    struct epoll_event wish = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &wish);
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    if (count > 2) pause_ms = atoi(arguments[2]);
    if (count > 3) chunks = atoi(arguments[3]);
    words();
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)atoi(arguments[1])),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(door, (struct sockaddr *)&here, sizeof here) || listen(door, 1024)) {
        perror("upstream");
        return 1;
    }
    loop = epoll_create1(0);
    struct epoll_event wish = {.events = EPOLLIN, .data.fd = door}, events[256];
    epoll_ctl(loop, EPOLL_CTL_ADD, door, &wish);
    for (;;) {
        int ready = epoll_wait(loop, events, 256, pause_ms ? 1 : -1);
        for (int n = 0; n < ready; n++) {
            int fd = events[n].data.fd;
            if (fd == door) meet(door);
            else if (peers[fd].in) hear(fd);
        }
        if (!pause_ms) continue;
        uint64_t at = now();
        for (int fd = 0; fd < MOST; fd++)
            if (peers[fd].due && peers[fd].due <= at) go_on(fd);
    }
}
