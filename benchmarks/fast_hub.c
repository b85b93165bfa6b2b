/* A Hub in a process of its own, fast enough not to be what is measured: `fast_hub LATENCY_S QUOTA WINDOW_S SPACES`.
 *
 * `GET /api/spaces?…` lists `me/app0` and so on, a hundred a page; all else is answered with the runtime of a Space. Of
 * the calls of a window so many as the quota are answered, and a new window begins with the first call after the last
 * one. Each reply is held back for the latency. `GET /counts` tells how many calls were answered and refused, and the
 * processor time that it took; it does not count itself. Requests have no bodies; they may come in pieces, or many at
 * once.
 *
 * It prints its port, listens on loopback only, and ends with its standard input. It needs Linux 5.11.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define RUNTIME                                                                                                        \
    "{\"stage\":\"RUNNING\",\"hardware\":{\"current\":\"t4-small\",\"requested\":\"t4-small\"},\"storage\":null,"      \
    "\"gcTimeout\":172800,\"replicas\":{\"requested\":1,\"current\":1},\"devMode\":false,"                             \
    "\"domains\":[{\"domain\":\"me-app.hf.space\",\"stage\":\"READY\"}],"                                              \
    "\"sha\":\"0000000000000000000000000000000000000000\"}"
#define REFUSAL "{\"error\":\"We had to rate limit you.\"}"

enum { CONNECTIONS = 4096, REPLIES = 4096, EVENTS = 256, HEAD_BYTES = 16384, SEND_BYTES = 1 << 18 };
enum { PAGE = 100, SPACE_BYTES = 512, PAGE_BYTES = PAGE * SPACE_BYTES };

/* By file descriptor; `life` tells a connection from those that had the same descriptor before. */
static struct connection {
    unsigned life;
    size_t held;
    char head[HEAD_BYTES];
} connections[CONNECTIONS];

/* Replies that are held back, oldest first: a ring, since the latency is the same for all. */
static struct reply {
    int64_t due;
    int fd;
    unsigned life;
    char head[384], counts[128];
    const char *body;
} replies[REPLIES];

static unsigned first, next; /* in the ring: the oldest reply, and the free place after the newest */
static int64_t latency, window, turns_at;
static long quota, left, spaces, answered, refused;
static char *pages;
static int port, events;

static void stop_unless(int good, const char *said)
{
    if (good)
        return;
    perror(said);
    exit(1);
}

static int64_t told_by(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

static void make_pages(void)
{
    pages = calloc(spaces / PAGE + 1, PAGE_BYTES);
    stop_unless(pages != NULL, "pages");
    char *end = pages;
    for (long number = 0; number < spaces; number++) {
        int begins = number % PAGE == 0, ends = number % PAGE == PAGE - 1 || number == spaces - 1;
        if (begins)
            end = pages + number / PAGE * PAGE_BYTES;
        end += sprintf(end, "%s{\"_id\":\"%024ld\",\"id\":\"me/app%ld\",\"runtime\":" RUNTIME "}%s", begins ? "[" : ",",
                       number, number, ends ? "]" : "");
    }
}

/* Count a call, and tell whether the window allows it. */
static int is_allowed(int64_t now)
{
    if (now >= turns_at) {
        turns_at = now + window;
        left = quota;
    }
    if (left == 0) {
        refused++;
        return 0;
    }
    left--;
    answered++;
    return 1;
}

static void write_head(struct reply *reply, int64_t now, const char *status, const char *link)
{
    sprintf(reply->head,
            "HTTP/1.1 %s\r\nContent-Type: application/json\r\nX-Request-Id: Root=1-fast\r\n"
            "RateLimit: \"api\";r=%ld;t=%lld\r\nRateLimit-Policy: \"fixed window\";\"api\";q=%ld;w=%lld\r\n"
            "%sContent-Length: %zu\r\n\r\n",
            status, left, (turns_at - now + SECOND - 1) / SECOND, quota, (window + SECOND - 1) / SECOND, link,
            strlen(reply->body));
}

/* Decide what is said to a request, and hold it back. */
static void answer(int fd, const char *head, int64_t now)
{
    struct reply *reply = &replies[next++ % REPLIES];
    stop_unless(next - first < REPLIES, "too many replies at once");
    reply->due = now + latency;
    reply->fd = fd;
    reply->life = connections[fd].life;
    char link[128] = "";
    if (strncmp(head, "GET /counts ", 12) == 0) {
        sprintf(reply->counts, "{\"answered\":%ld,\"refused\":%ld,\"hub_cpu_s\":%.6f}", answered, refused,
                (double)told_by(CLOCK_PROCESS_CPUTIME_ID) / SECOND);
        reply->body = reply->counts;
        write_head(reply, now, "200 OK", link);
    } else if (!is_allowed(now)) {
        reply->body = REFUSAL;
        write_head(reply, now, "429 Too Many Requests", link);
    } else if (strncmp(head, "GET /api/spaces?", 16) == 0) {
        const char *cursor = memmem(head, strcspn(head, "\r"), "cursor=", 7);
        long page = cursor ? strtol(cursor + 7, NULL, 10) : 0;
        stop_unless(page >= 0 && page <= spaces / PAGE, "no such page");
        if ((page + 1) * PAGE < spaces)
            sprintf(link, "Link: <http://127.0.0.1:%d/api/spaces?cursor=%ld>; rel=\"next\"\r\n", port, page + 1);
        reply->body = pages + page * PAGE_BYTES;
        write_head(reply, now, "200 OK", link);
    } else {
        reply->body = RUNTIME;
        write_head(reply, now, "200 OK", link);
    }
}

static void drop(int fd)
{
    connections[fd].life++;
    connections[fd].held = 0;
    close(fd);
}

/* Send what is due. The socket has room for a page: whoever does not read what it asked for is dropped. */
static void send_due(int64_t now)
{
    for (; first != next && replies[first % REPLIES].due <= now; first++) {
        struct reply *reply = &replies[first % REPLIES];
        size_t head = strlen(reply->head), body = strlen(reply->body);
        struct iovec parts[] = {{reply->head, head}, {(char *)reply->body, body}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        if (reply->life == connections[reply->fd].life &&
            sendmsg(reply->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)(head + body))
            drop(reply->fd);
    }
}

/* Read what has come, and answer each head that is complete. */
static void take(int fd, int64_t now)
{
    struct connection *connection = &connections[fd];
    ssize_t got = recv(fd, connection->head + connection->held, HEAD_BYTES - connection->held, 0);
    if (got <= 0) { /* closed, or no room for so long a head */
        drop(fd);
        return;
    }
    connection->held += got;
    char *head = connection->head, *stop = head + connection->held, *end;
    while ((end = memmem(head, stop - head, "\r\n\r\n", 4)) != NULL) {
        *end = '\0';
        answer(fd, head, now);
        head = end + 4;
    }
    connection->held = stop - head;
    memmove(connection->head, head, connection->held);
}

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    stop_unless(epoll_ctl(events, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void welcome(int listener)
{
    int fd = accept(listener, NULL, NULL), on = 1;
    if (fd < 0) /* gone already */
        return;
    stop_unless(fd < CONNECTIONS, "too many connections");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(fd);
}

static int listener_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), room = SEND_BYTES;
    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &room, sizeof room); /* its connections inherit it */
    stop_unless(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1024) == 0, "listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    port = ntohs(address.sin_port);
    return listener;
}

/* Wait until something comes, or a reply is due. */
static int wait_for(struct epoll_event *ready)
{
    int64_t rest = first == next ? 0 : replies[first % REPLIES].due - told_by(CLOCK_MONOTONIC);
    rest = rest < 0 ? 0 : rest;
    struct timespec until = {rest / SECOND, rest % SECOND};
    return epoll_pwait2(events, ready, EVENTS, first == next ? NULL : &until, NULL);
}

int main(int count, char **arguments)
{
    if (count != 5)
        return 2;
    latency = (int64_t)(atof(arguments[1]) * SECOND);
    quota = atol(arguments[2]);
    window = (int64_t)(atof(arguments[3]) * SECOND);
    spaces = atol(arguments[4]);
    make_pages();
    events = epoll_create1(0);
    int listener = listener_on_loopback();
    watch(listener);
    watch(STDIN_FILENO);
    printf("%d\n", port);
    fflush(stdout);
    struct epoll_event ready[EVENTS];
    for (;;) {
        int arrived = wait_for(ready);
        int64_t now = told_by(CLOCK_MONOTONIC);
        for (int at = 0; at < arrived; at++) {
            int fd = ready[at].data.fd;
            char line[64];
            if (fd == listener)
                welcome(listener);
            else if (fd != STDIN_FILENO)
                take(fd, now);
            else if (read(fd, line, sizeof line) <= 0)
                return 0;
        }
        send_due(told_by(CLOCK_MONOTONIC));
    }
}
